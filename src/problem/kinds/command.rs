//! Commands: what was asked for, and what they remember.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    UNKNOWN_NAME = ProblemKind::new("unknown-name", Exit::Usage)
        .title("dev.yaml names no such service or app")
        .page("
            Commands take the names that stand below `services` and `apps` in dev.yaml. The one that was typed is none of them.
        ")
        .fixes(&["devenv status        # lists the names", "write the name as in dev.yaml"])
        .example("
            error[unknown-name]: there is no `apo` in dev.yaml
              why: it names `db` and `api`
              fix: did you mean `api`?
        ")
        .tested(&["tests/cli/names.rs::an_unknown_name_is_wrong_usage_with_the_nearest_right_one"]);

    UNKNOWN_TASK = ProblemKind::new("unknown-task", Exit::Usage)
        .title("dev.yaml has no such task")
        .page("
            `devenv run` runs what stands below `tasks` in dev.yaml. Any other command runs inside an app with `devenv exec`.
        ")
        .fixes(&["devenv run        # lists the tasks with their commands", "devenv exec NAME -- COMMAND"])
        .example("
            error[unknown-task]: there is no task `tset` in dev.yaml
              why: the tasks are `lint` and `test`
              fix: devenv run test
        ")
        .tested(&["tests/cli/faults.rs::what_is_asked_for_by_a_wrong_name_is_wrong_usage"]);

    TASK_WITHOUT_APP = ProblemKind::new("task-without-app", Exit::Manifest)
        .title("A task has no app to run in")
        .page("
            A task runs with the toolchain, the packages and the variables of an app, and dev.yaml has no app.
        ")
        .fixes(&["add an app with the runtime that the task needs"])
        .example("
            error[task-without-app]: the task `test` has no app to run in
              why: a task runs in the surroundings of an app, and dev.yaml has none
              fix: add an app with the runtime that the task needs
        ")
        .tested(&["tests/cli/faults.rs::what_is_asked_for_by_a_wrong_name_is_wrong_usage"]);

    UNKNOWN_STEP = ProblemKind::new("unknown-step", Exit::Usage)
        .title("There is no such setup step")
        .page("
            `devenv up --again STEP` runs a setup step once more, named by its command, by the beginning of it, or by its app. No step of
            what the command brings up is called so.
        ")
        .fixes(&["devenv up --again 'npm ci'        # as it stands below `setup` in dev.yaml", "devenv up --again NAME        # all steps of an app"])
        .example("
            error[unknown-step]: there is no setup step `npm cii`
              why: there are `api:npm ci` and `api:npm run migrate`
              fix: devenv up --again 'npm ci'
        ")
        .tested(&["tests/cli/faults.rs::what_is_asked_for_by_a_wrong_name_is_wrong_usage"]);

    UNKNOWN_VARIABLE = ProblemKind::new("unknown-variable", Exit::Usage)
        .title("There is no such variable")
        .page("
            `devenv env` knows the variables of the apps in dev.yaml, and those that lead to services from this computer: DB_URL, DB_HOST
            and so on for a service `db`.
        ")
        .fixes(&["devenv env        # lists them all"])
        .example("
            error[unknown-variable]: there is no variable DB_ULR
              fix: did you mean DB_URL?
        ")
        .tested(&["tests/cli/faults.rs::what_is_asked_for_by_a_wrong_name_is_wrong_usage"]);

    UNKNOWN_ID = ProblemKind::new("unknown-id", Exit::Usage)
        .title("There is no problem of this id")
        .page("
            `devenv explain` takes the word that stands in brackets where a problem is reported, for example in error[port-taken].
        ")
        .fixes(&["devenv explain        # lists them all"])
        .example("
            error[unknown-id]: there is no problem `port-takn`
              fix: did you mean `port-taken`?
        ")
        .tested(&["tests/cli/catalogue.rs::an_unknown_id_is_wrong_usage_with_the_nearest_right_one"]);

    NO_TIMELINE = ProblemKind::new("no-timeline", Exit::Usage)
        .title("No such run is recorded here")
        .page("
            `devenv stats --timeline NUMBER` shows a past `devenv up` or `devenv ci` in this repo, 1 is the last one. So many of them have not
            been recorded on this computer.
        ")
        .fixes(&["devenv up        # is recorded, and then it has one", "devenv stats --timeline        # the last one"])
        .example("
            error[no-timeline]: there is no timeline 2: of `up` and `ci` in this repo 1 are recorded
              fix: devenv stats --timeline 1        # the oldest
        ")
        .tested(&["tests/cli/figures.rs::a_run_is_written_down_with_what_took_how_long"]);

    NO_SUCH_COMMAND = ProblemKind::new("no-such-command", Exit::Environment)
        .title("A program that was to be run does not exist there")
        .page("
            `devenv exec`, `run` and `shell` run programs inside a service or an app, where only those exist that it brings along or that
            setup steps have installed. What is installed on your computer is not there. The exit code is 127, as a shell's.
        ")
        .fixes(&["devenv shell NAME        # to look around", "write the command and its arguments without quotes around all of them"])
        .example("
            error[no-such-command]: there is no `psql` in `api`
              why: `api` (Node.js 22) has no program of this name where programs are looked for
              fix: devenv shell api        # to look around
        ")
        .tested(&["tests/engine/shells.rs::a_missing_program_is_told_in_our_words_and_a_failing_one_in_its_own"]);

    COMMAND_GOES_ON = ProblemKind::new("command-goes-on", Exit::Environment)
        .title("A command could not be ended and goes on")
        .page("
            Ctrl-C is passed on to a command inside by a shell there, and this service has none. The command goes on until it has done
            its work or the service ends.
        ")
        .fixes(&["devenv restart NAME        # ends it"])
        .repaired_by(Repair::Command("devenv restart"))
        .example("
            error[command-goes-on]: `/bin/sleep 600` goes on in `own`
              why: `own` has no shell that could pass a signal on to it
              fix: devenv restart own        # ends it
        ")
        .tested(&["tests/engine/shells.rs::one_interrupt_ends_exec_where_no_shell_could_pass_it_on"]);

    SHELL_WHERE = ProblemKind::new("shell-where", Exit::Usage)
        .title("It is not clear where the shell is to be")
        .page("
            Without a name, `devenv shell` goes to the only app, or to the only service where there is no app. There are several.
        ")
        .fixes(&["devenv shell NAME"])
        .example("
            error[shell-where]: it is not clear where the shell is to be
              why: dev.yaml names api and web
              fix: devenv shell api
        ")
        .tested(&["tests/cli/faults.rs::what_is_to_be_opened_has_to_be_clear"]);

    OPEN_WHAT = ProblemKind::new("open-what", Exit::Usage)
        .title("It is not clear what is to be opened")
        .page("
            Without a name, `devenv open` opens the only app that has a page. There are several.
        ")
        .fixes(&["devenv open NAME"])
        .example("
            error[open-what]: it is not clear what is to be opened
              why: there are `admin` and `web`
              fix: devenv open admin
        ")
        .tested(&["tests/cli/faults.rs::what_is_to_be_opened_has_to_be_clear"]);

    NO_PAGE = ProblemKind::new("no-page", Exit::Usage)
        .title("There is no page that a browser could open")
        .page("
            Only what answers HTTP has a page: an app with a port, or a service with a page of its own, such as mailpit. A database has
            an address, but nothing for a browser.
        ")
        .fixes(&["devenv status        # shows where everything answers", "give the app its `port` in dev.yaml"])
        .example("
            error[no-page]: `db` has no page that a browser could open
              why: only what answers HTTP has one
              fix: devenv status        # shows where everything answers
        ")
        .tested(&["tests/cli/open.rs::the_only_page_is_opened_in_the_browser_of_whoever_sits_at_a_terminal"]);

    NOTHING_TO_SHOW = ProblemKind::new("nothing-to-show", Exit::Environment)
        .title("Nothing has run here yet")
        .page("
            `devenv logs` shows what services and apps print, also of those that have ended; none was ever started in this checkout.
        ")
        .fixes(&["devenv up"])
        .repaired_by(Repair::Up)
        .example("
            error[nothing-to-show]: nothing has run here yet
              fix: devenv up
        ")
        .tested(&["tests/engine/faults.rs::commands_that_find_nothing_say_so"]);

    NOT_ASKED = ProblemKind::new("not-asked", Exit::Environment)
        .title("Nothing was changed, since there was nobody to ask")
        .page("
            `devenv gc`, `devenv doctor --fix` and `devenv new --update` show what they would do and ask first. Without a terminal nobody can answer, so nothing
            was changed.
        ")
        .fixes(&["devenv gc --yes        # removes what is listed", "devenv doctor --fix --yes        # repairs everything that can be"])
        .example("
            error[not-asked]: nothing was removed, since there was nobody to ask
              fix: devenv gc --yes        # removes what is listed
        ")
        .tested(&["tests/cli/doctor.rs::a_repair_needs_a_yes_and_is_looked_at_again", "tests/engine/gc.rs::what_a_deleted_checkout_left_is_cleaned_up_and_its_data_saved"]);

    BUSY = ProblemKind::new("busy", Exit::Environment)
        .or(&[Exit::Deadline])
        .title("Another command is changing the same environment")
        .page("
            Two commands never change one environment at the same time: the second waits for the first, and says for whom. With
            `--no-wait` it ends at once instead, and with `--timeout` when the time is over.
        ")
        .fixes(&["wait for it to end; without --no-wait a command does so by itself"])
        .repaired_by(Repair::Up)
        .example("
            error[busy]: another command is changing this environment
              why: `devenv up` is at work, which began 12 s ago
              fix: wait for it to end; without --no-wait this command does so by itself
        ")
        .tested(&["tests/cli/turn.rs::told_not_to_wait_it_ends_at_once_and_names_the_other"]);

    CHECKOUT_MOVED = ProblemKind::new("checkout-moved", Exit::Environment)
        .title("The folder of a checkout was moved, and there is nobody to ask")
        .page("
            An environment belongs to the folder of its checkout. A folder that was moved or renamed can have its data and addresses
            again, or begin anew; without a terminal nobody can be asked which is meant.
        ")
        .fixes(&["devenv up --yes           # takes them along", "devenv up --as-new        # begins with empty data; what it had is kept"])
        .repaired_by(Repair::Up)
        .example("
            error[checkout-moved]: `shop` was in /home/ada/work/shop before, and its data belongs to it there
              why: a folder that was moved can have its data and addresses again, or begin anew; there was nobody to ask
              fix: devenv up --yes           # takes them along
              fix: devenv up --as-new        # begins with empty data; what it had is kept
        ")
        .tested(&["tests/engine/checkouts.rs::a_moved_checkout_keeps_its_data_and_a_new_clone_in_its_place_has_its_own"]);

    CHECKOUTS_UNREADABLE = ProblemKind::new("checkouts-unreadable", Exit::Environment)
        .title("What devenv knows of the checkouts is damaged")
        .page("
            devenv keeps a list of the checkouts on this computer, and cleaning up relies on it: what belongs to a deleted checkout may
            go. The list cannot be read, so nothing is cleaned up on the strength of it.
        ")
        .fixes(&["devenv up        # in a checkout: keeps the damaged file aside and begins a new one"])
        .repaired_by(Repair::Up)
        .example("
            error[checkouts-unreadable]: what devenv knows of the checkouts on this computer cannot be read
              why: /home/ada/.local/share/devenv/checkouts.json is damaged; nothing is cleaned up on the strength of it
              fix: devenv up        # in a checkout: keeps the damaged file aside and begins a new one
        ")
        .tested(&["tests/engine/faults.rs::commands_that_find_nothing_say_so"]);

    STATE_DAMAGED = ProblemKind::new("state-damaged", Exit::Environment)
        .title("What devenv remembers of an environment is damaged")
        .page("
            Passwords and ports of an environment stand in a file of your state folder. It cannot be read, for example after the disk was
            full or the computer lost power, and other passwords would not open the data.

            `devenv up` takes the passwords over from what is there.
        ")
        .fixes(&["devenv up        # takes the passwords over from what is there, and keeps the damaged file aside"])
        .repaired_by(Repair::Up)
        .example("
            error[state-damaged]: what devenv remembers of this environment is damaged, its passwords among it
              why: environment.json can't be read; other passwords would not open the data
              fix: devenv up        # takes the passwords over from what is there, and keeps the damaged file aside
        ")
        .tested(&["tests/engine/secrets.rs::a_damaged_memory_is_kept_aside_and_passwords_are_taken_over_from_what_runs"]);

    STATE_UNWRITABLE = ProblemKind::new("state-unwritable", Exit::Environment)
        .title("devenv cannot write down what it needs to remember")
        .page("
            Between two runs devenv remembers ports, passwords and what has been set up, in the state folder of your user. The folder may
            not be written to: the disk is full, or it belongs to somebody else, mostly root after a command with sudo.
        ")
        .repaired_by(Repair::Doctor)
        .fixes(&["devenv doctor --fix", "make the folder writable for your user: sudo chown -R \"$USER\" FOLDER", "set DEVENV_HOME to another folder"])
        .example("
            error[state-unwritable]: devenv cannot write down what it needs to remember
              why: /home/ada/.local/share/devenv: Permission denied (os error 13)
              fix: make the folder writable for your user, or set DEVENV_HOME to another one
        ")
        .tested(&["tests/cli/doctor.rs::a_state_folder_that_may_not_be_written_to_is_repaired", "tests/cli/env.rs::a_state_folder_that_can_not_be_written_is_told"]);

    SETTINGS = ProblemKind::new("settings", Exit::Usage)
        .title("Your own settings of devenv cannot be read")
        .page("
            A file in your settings folder holds what counts for all repos, such as a mirror. It is not YAML, or it has a key that devenv
            does not know.
        ")
        .fixes(&["correct the file that is named; for example: mirror: mirror.example"])
        .example("
            error[settings]: /home/ada/.config/devenv/settings.yaml cannot be read
              why: unknown field `miror`, expected `mirror`
              fix: correct it; for example: mirror: mirror.example
        ")
        .tested(&["tests/cli/doctor.rs::it_works_outside_of_a_repo_and_with_files_that_are_broken", "tests/cli/faults.rs::settings_and_manifests_that_can_not_be_read_are_told"]);

    OUTPUT_LOST = ProblemKind::new("output-lost", Exit::Environment)
        .title("The output could not be written")
        .page("
            What the command answers goes to a file or another program, and it could not be written there; mostly the disk is full. What
            arrived is not complete. A program that reads only the beginning, such as `head`, is no problem.
        ")
        .fixes(&["see to it that there is room where the output goes, and run the command again"])
        .example("
            error[output-lost]: the output could not be written
              why: No space left on device (os error 28)
        ")
        .tested(&["tests/cli/output.rs::an_answer_that_can_not_be_written_is_a_problem"]);

    BUG = ProblemKind::new("bug", Exit::Bug)
        .title("devenv has met a bug of its own")
        .page("
            Something happened that devenv has no explanation for. That is not your fault, and nothing of yours has to be mended.
        ")
        .fixes(&["run it again with `--verbose`, and report what it says"])
        .example("
            error[bug]: devenv has met a bug of its own
              why: reading the state: no such key
              fix: run it again with `--verbose`, and report what it says
        ")
        .tested(&["src/ui/mod.rs::a_bug_is_shown_as_one"]);

    PAGE_NOT_OPENED = ProblemKind::new("page-not-opened", Exit::Environment)
        .title("The page cannot be opened")
        .page("
            `devenv ui` shows a page that can be reached from this computer only, at an address with a port of its own. The system gave it
            none, or another `devenv ui` of the same repo is just about to open it: there is one page for a repo, and a second command tells
            where the first one has it.
        ")
        .fixes(&["devenv ui        # once more", "devenv doctor        # when it happens again"])
        .repaired_by(Repair::Command("devenv ui"))
        .example("
            error[page-not-opened]: another `devenv ui` is just opening the page of this repo
              why: there is one page for a repo, and nobody can tell yet where
              fix: devenv ui        # in a moment tells where it is
        ")
        .tested(&["tests/cli/page.rs::the_page_that_is_just_being_opened_is_waited_for_by_nobody"]);
}
