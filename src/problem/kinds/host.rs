//! This computer: apps that run on it, tools, watching.

use crate::problem::{Exit, ProblemKind, Repair};

super::kinds! {
    TOOL_MISSING = ProblemKind::new("tool-missing", Exit::Environment)
        .title("A tool is not installed on this computer")
        .page("
            An app with `runtime: host` runs with the tools that are installed here, and one of them is not. With a toolchain of the
            catalog, such as `runtime: node`, nothing has to be installed.
        ")
        .fixes(&["install the tool that is named", "write `runtime: node`, or another toolchain of the catalog, in dev.yaml"])
        .example("
            error[tool-missing]: `node` is not installed on this computer, and `web` needs it
              why: `runtime: host` runs it with the tools that are installed here
              | sh: 1: node: not found
              fix: install node
              fix: or write `runtime: node` in dev.yaml, which needs nothing installed
        ")
        .tested(&["tests/cli/host.rs::a_tool_that_is_not_installed_is_explained"]);

    HOST_APP_NOT_STARTED = ProblemKind::new("host-app-not-started", Exit::Environment)
        .title("An app could not be started on this computer")
        .page("
            An app with `runtime: host` is a program of this computer, and the system refused to start it: its folder may not be
            entered, there are too many programs already, or a value in its surroundings is too long.
        ")
        .fixes(&["look at `run` and `path` of the app in dev.yaml"])
        .example("
            error[host-app-not-started]: `web` could not be started on this computer
              why: Permission denied (os error 13)
              fix: look at `run` and `path` of it in dev.yaml
        ")
        .tested(&["tests/cli/computer.rs::an_app_that_the_system_does_not_start_is_told", "src/supervisor/problems.rs::the_catalogue_shows_what_is_told"]);

    HOST_APP_RUNS = ProblemKind::new("host-app-runs", Exit::Environment)
        .title("An app runs on this computer already")
        .page("
            Between the look at what runs and the start, somebody else has started the app. There are never two of it.
        ")
        .fixes(&["devenv up            # finds it running", "devenv restart NAME"])
        .repaired_by(Repair::Up)
        .example("
            error[host-app-runs]: `web` runs on this computer already
              why: it was started by another command in the meantime
              fix: devenv restart web
        ")
        .tested(&["src/supervisor/problems.rs::the_catalogue_shows_what_is_told"]);

    HOST_APP_STUCK = ProblemKind::new("host-app-stuck", Exit::Environment)
        .title("A program of this computer does not end")
        .page("
            The program was told to end, and then ended by force, and it is still there. That happens to programs that wait for a disk
            or a drive that does not answer: the system itself cannot end them.
        ")
        .fixes(&["wait until the disk answers again", "restart the computer, if it matters"])
        .example("
            error[host-app-stuck]: a program of this computer does not end
              why: process 4121 ignores every signal
              fix: restart the computer, if it matters
        ")
        .tested(&["src/supervisor/problems.rs::the_catalogue_shows_what_is_told"]);

    HOST_COMMAND_FAILED = ProblemKind::new("host-command-failed", Exit::Environment)
        .title("A command of an app could not be run on this computer")
        .page("
            A setup step, or a command of an app with `runtime: host`, could not even begin: the folder it is to run in is not there or
            may not be entered.
        ")
        .fixes(&["look at `path` of the app in dev.yaml"])
        .example("
            error[host-command-failed]: a command of `web` could not be run on this computer
              why: its folder /home/ada/shop/web is not there any more
              fix: look at `path` of it in dev.yaml
        ")
        .tested(&["tests/cli/faults.rs::a_command_whose_folder_has_gone_is_told"]);

    CHANGES_IN_EVERY_ROUND = ProblemKind::new("changes-in-every-round", Exit::Environment)
        .title("A file changes whenever `devenv dev` does something")
        .page("
            A change of the file leads to a restart or a setup step, and that, or something else that runs, changes it again. So that
            it does not go on for ever, `devenv dev` waits for the next change that comes by itself.
        ")
        .fixes(&["leave the file out: `!generated/**` in `inputs` or `restart_on`", "or write it into .gitignore"])
        .example("
            error[changes-in-every-round]: `src/version.txt` changes in every round, so it waits for the next change
              why: a setup step, an app or another program writes what `inputs` or `restart_on` name, or what lies beside an app that crashed
              fix: leave it out with `!` in front, or in .gitignore
        ")
        .tested(&["tests/engine/watch.rs::a_step_that_writes_its_own_inputs_does_not_go_on_for_ever"]);

    WATCH_FAILED = ProblemKind::new("watch-failed", Exit::Environment)
        .title("Changes of files cannot be noticed on this computer")
        .page("
            `devenv dev` is told by the system when a file is saved. The system offers no such thing here, or refuses it.
        ")
        .fixes(&["devenv up        # and devenv restart NAME after a change"])
        .example("
            error[watch-failed]: changes of files cannot be noticed on this computer
              why: Function not implemented (os error 38)
              fix: devenv up        # and devenv restart NAME after a change
        ")
        .tested(&["src/commands/dev/problems.rs::the_catalogue_shows_what_is_told"]);

    WATCHES_USED_UP = ProblemKind::new("watches-used-up", Exit::Environment)
        .title("The system watches no more files")
        .page("
            Linux watches only so many folders for all programs of a user together, and editors use many. Until there is room again,
            devenv looks at the files itself every second, which works as well and costs some processor time.
        ")
        .fixes(&["sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024"])
        .repaired_by(Repair::Up)
        .example("
            error[watches-used-up]: this computer tells of no more changes, so files are looked at every second instead
              why: the system's limit of watched folders is reached; editors and other tools use them as well
              fix: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024
        ")
        .tested(&["tests/cli/computer.rs::without_watches_dev_looks_at_files_itself_and_sees_every_save", "src/commands/dev/problems.rs::the_catalogue_shows_what_is_told"]);
}
