//! What is wrong with `dev.lock`, or with what it pins.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    LOCK_DAMAGED = ProblemKind::new("lock-damaged", Exit::Manifest)
        .title("dev.lock cannot be understood")
        .page("
            dev.lock is written by devenv: it holds the exact versions that `devenv lock` found, and which version of a template the repo was
            made from. It is damaged, for example by a merge that was left half done.
        ")
        .fixes(&["git checkout dev.lock        # as it was committed last", "end the merge by hand: each entry of it stands for itself", "devenv lock                  # afterwards: adds what is missing"])
        .repaired_by(Repair::Person)
        .example("
            error[lock-damaged]: dev.lock cannot be understood
              --> dev.lock:4:1
              why: two versions of it were merged, and nobody has decided between them
              fix: git checkout dev.lock        # as it was committed last
        ")
        .tested(&["src/lockfile/tests.rs::a_file_that_is_damaged_or_newer_is_refused_with_its_line", "tests/cli/new.rs::a_repo_that_was_not_made_from_a_template_is_told"]);

    LOCK_NEWER = ProblemKind::new("lock-newer", Exit::Manifest)
        .title("dev.lock was written by a newer devenv")
        .page("
            Somebody of the team has written dev.lock with a devenv that is newer than yours, in a format that yours does not know. Nothing
            is guessed: other versions might be taken than those that it names.
        ")
        .fixes(&["install a newer devenv", "git checkout dev.lock        # as it was committed last, if that is older"])
        .repaired_by(Repair::Person)
        .example("
            error[lock-newer]: dev.lock was written by a newer devenv
              why: it has format 2, and this devenv knows up to 1
              fix: install a newer devenv
        ")
        .tested(&["src/lockfile/tests.rs::a_file_that_is_damaged_or_newer_is_refused_with_its_line"]);

    LOCK_MISSING = ProblemKind::new("lock-missing", Exit::Manifest)
        .title("There are no exact versions to hold to")
        .page("
            With `--frozen` nothing is taken but the exact versions in dev.lock, and there are none: the file is not there, or was never committed. Nothing
            was begun.
        ")
        .fixes(&["devenv lock        # then commit dev.lock"])
        .repaired_by(Repair::Command("devenv lock"))
        .example("
            error[lock-missing]: --frozen holds to the exact versions in dev.lock, and there are none
              why: dev.yaml wants PostgreSQL 17, and what that is can change from day to day
              fix: devenv lock        # then commit dev.lock
        ")
        .tested(&["tests/cli/lock.rs::frozen_is_refused_before_anything_is_begun"]);

    LOCK_STALE = ProblemKind::new("lock-stale", Exit::Manifest)
        .title("dev.lock does not fit dev.yaml")
        .page("
            dev.yaml was changed, and dev.lock was not brought up to it: it lacks the exact version of something that dev.yaml wants, or has one
            of something that dev.yaml no longer wants. With `--frozen` that is an error, and nothing was begun; without it, what is missing is
            taken as it is published at the moment.
        ")
        .fixes(&["devenv lock        # adds what is missing, drops what is gone, and keeps the rest"])
        .repaired_by(Repair::Command("devenv lock"))
        .example("
            error[lock-stale]: dev.lock has no exact version of Redis 8
              why: `cache` wants it in dev.yaml, which was changed since
              fix: devenv lock        # then commit dev.lock
        ")
        .tested(&["tests/cli/lock.rs::frozen_is_refused_before_anything_is_begun", "src/doctor/checks/lock.rs::what_does_not_fit_or_is_outdated_is_told"]);

    LOCK_UNPINNED = ProblemKind::new("lock-unpinned", Exit::Manifest)
        .title("A Dockerfile begins with something that can change")
        .page("
            With `--frozen` everything has to be an exact version. What a Dockerfile of the repo begins with, or copies from, is not in
            dev.lock: that file is yours, and says it itself. `devenv lock` tells what to write there. Nothing was begun.
        ")
        .fixes(&["devenv lock        # tells what to write into the Dockerfile"])
        .repaired_by(Repair::Person)
        .example("
            error[lock-unpinned]: `api` is built on python:3.13, which can change from day to day
              --> Dockerfile:1:6
              why: dev.lock says nothing of what a Dockerfile of the repo begins with, and --frozen takes exact versions only
              fix: devenv lock        # tells what to write into Dockerfile in its place
        ")
        .tested(&["tests/cli/lock.rs::frozen_wants_exact_versions_in_dockerfiles_too"]);

    LOCK_OUTDATED = ProblemKind::new("lock-outdated", Exit::Environment)
        .title("There is something newer than dev.lock says")
        .page("
            A newer one is published under the same version, for example with corrections of security holes. The one in dev.lock is used until somebody
            of the team takes the newer one over. `devenv doctor` asks for it where it gets an answer at once.
        ")
        .fixes(&["devenv lock --update           # takes over everything that is newer", "devenv lock --update NAME      # only that of one service or app"])
        .repaired_by(Repair::Command("devenv lock --update"))
        .example("
            error[lock-outdated]: there is a newer PostgreSQL 17 than dev.lock says, for `db`
              why: the one in dev.lock is used until somebody of the team takes the newer one over
              fix: devenv lock --update
        ")
        .tested(&["src/doctor/checks/lock.rs::what_does_not_fit_or_is_outdated_is_told"]);

    LOCK_UNANSWERED = ProblemKind::new("lock-unanswered", Exit::Environment)
        .title("An exact version could not be found out")
        .page("
            `devenv lock` asks those who publish something which exact version it is at the moment, your organisation's mirror first. There was no
            answer, or none that helps. What dev.lock says already stays as it is, and whatever could be found out is written.
        ")
        .fixes(&["check the connection, VPN and proxy, then: devenv lock"])
        .repaired_by(Repair::Command("devenv lock"))
        .example("
            error[lock-unanswered]: the exact version of PostgreSQL 17, for `db`, could not be found out
              why: whoever offers it cannot be reached from this computer
              fix: check the connection, VPN and proxy, then: devenv lock
        ")
        .tested(&["tests/engine/lock.rs::without_an_answer_what_is_there_is_kept"]);
}
