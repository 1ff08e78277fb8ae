//! `devenv ci`: its checks, its reports, what it leaves.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    CHECK_FAILED = ProblemKind::new("check-failed", Exit::Check)
        .title("A check did not find what it expects")
        .page("
            `devenv ci` brings everything up and then asks what stands below `checks` in dev.yaml, one after the other. One of them was
            answered otherwise than it expects, or its command failed. What was printed stands below it and in the reports.
        ")
        .fixes(&["devenv up        # then ask the same by hand", "correct the check in dev.yaml, where it expects the wrong thing"])
        .example("
            error[check-failed]: the check `http ${api.url}/healthz` failed
              why: it answered with status 500, and 200 is expected
              fix: devenv up        # then look by hand
        ")
        .tested(&["tests/engine/ci.rs::a_red_repo_ends_with_6_and_leaves_nothing"]);

    CHECK_HANGS = ProblemKind::new("check-hangs", Exit::Deadline)
        .title("A check did not come to an end in time")
        .page("
            Every check of `devenv ci` has a time limit: half a minute for an address or a query, half an hour for a task or a command, or
            what its `timeout` says. This one was given up when its time was over; the checks after it were asked all the same.
        ")
        .fixes(&["devenv up        # then ask the same by hand", "give it more time in dev.yaml:  timeout: 5m"])
        .example("
            error[check-hangs]: the check `run sleep 600` did not end within 30 s
              fix: devenv up        # then look by hand
              fix: give it more time in dev.yaml:  timeout: 5m
        ")
        .tested(&["tests/engine/ci.rs::a_hanging_check_ends_with_5_and_leaves_nothing"]);

    REPORT_UNWRITABLE = ProblemKind::new("report-unwritable", Exit::Environment)
        .title("A report cannot be written")
        .page("
            `devenv ci --artifacts DIR` writes reports, logs and times into that folder. It cannot be made or written to, or the disk is full.
            Or something is in its place that devenv leaves alone: a file that it has not written itself, a link that lies in the repo, or
            the reports of another run that is under way.
        ")
        .fixes(&["name a folder that your user may write to, and that is empty or not there yet", "devenv gc        # where the disk is full"])
        .example("
            error[report-unwritable]: the reports cannot be written to /artifacts
              why: Permission denied (os error 13)
              fix: name another folder with --artifacts
        ")
        .tested(&["tests/cli/ci.rs::a_folder_that_cannot_be_written_to_is_told"]);

    CACHE_UNUSABLE = ProblemKind::new("cache-unusable", Exit::Environment)
        .title("Package caches cannot be kept in this folder")
        .page("
            `devenv ci --cache-dir DIR` lets apps keep packages in a folder below that one. It cannot be made or written to, or it lies behind a
            link in the repo. Such a link is not followed: what it leads to would be open to every app.
        ")
        .fixes(&["name another folder, or take the link away"])
        .example("
            error[cache-unusable]: package caches cannot be kept in /src/cache/packages
              why: `cache` is a link, which is not followed here
              fix: name another folder with --cache-dir
        ")
        .tested(&["tests/cli/ci.rs::package_caches_are_kept_behind_no_link_of_the_repo"]);

    CI_LEFTOVER = ProblemKind::new("ci-leftover", Exit::Environment)
        .title("Something of a run of `devenv ci` could not be removed")
        .page("
            Each `devenv ci` removes everything that it made, whatever came of it. Docker refused to remove a part, or did not answer any
            more. The next `devenv ci` of this user removes it.
        ")
        .fixes(&["devenv ci        # removes what earlier runs left, before anything else"])
        .example("
            error[ci-leftover]: not everything of this run could be removed
              why: Docker does not answer
              fix: devenv ci        # removes what earlier runs left, before anything else
        ")
        .tested(&["src/commands/ci/leave.rs::what_stays_is_told_with_the_reason"]);

    BUDGET_EXCEEDED = ProblemKind::new("budget-exceeded", Exit::Check)
        .title("Bringing everything up took longer than the budget")
        .page("
            dev.yaml says below `budget` how long bringing everything up may take: `cold` from nothing, `warm` where everything is there and
            stopped, `noop` where everything runs already, and `apps` until single ones are ready. It took longer. The lines below it are the
            longest chain: what waited for what, and for how long. Only what is in that chain makes it faster.
        ")
        .fixes(&["make what is in the chain faster, or let what is not needed no longer be waited for", "raise the budget in dev.yaml, where it is too tight for this machine"])
        .example("
            error[budget-exceeded]: bringing everything up from nothing took 41 s, and 30 s is the budget
              fix: make what is in the chain faster, or raise `cold` below `budget` in dev.yaml
        ")
        .tested(&["tests/engine/ci.rs::a_budget_that_is_exceeded_ends_with_6_and_tells_the_longest_chain"]);
}
