//! Services and apps that do not start, do not get ready or do not stay.

use crate::problem::{Asked, Exit, ProblemKind, Repair};

super::kinds! {
    CRASHED = ProblemKind::new("crashed", Exit::Environment)
        .title("A service or an app has ended with an error")
        .page("
            Its program ended, by an error of its own, before it was ready or after. The last lines that it printed say why: a missing
            variable, a wrong path, an error in the code, a database whose schema is not the expected one.

            What does not need it goes on. The next `devenv up` starts it again.
        ")
        .fixes(&["mend what the last lines say, then: devenv up", "devenv logs NAME        # everything that it said"])
        .example("
            error[crashed]: `api` failed with exit code 1 before it was ready
              | Error: Cannot find module './server.js'
              fix: devenv logs api        # everything that it said
        ")
        .tested(&["tests/engine/failures.rs::a_crash_at_the_start_is_told_within_a_second_with_the_last_lines"]);

    CRASHED_WHILE_WATCHED = ProblemKind::new("crashed-while-watched", Exit::Environment)
        .title("An app has crashed, and what watches its files waits for a change")
        .page("
            `run` of this app is a program that starts the app again when a file changes, such as `node --watch`, nodemon, `cargo watch` or
            `uvicorn --reload`. The app itself has ended with an error, and that program goes on running: nothing happens until a file is
            changed, so there is nothing to wait for. The last lines that it printed say why.

            An app that fell after it had been ready is started again by the next `devenv up`, by `devenv restart` of what it needs, and by
            `devenv db restore`.
        ")
        .fixes(&["mend what the last lines say: it starts again by itself", "devenv logs NAME        # everything that it said"])
        .example("
            error[crashed-while-watched]: `api` has crashed before it was ready
              why: its program ended, and node --watch waits for a change of its files before it starts it again
              | Error: Cannot find module './routes.js'
              | Failed running 'server.js'. Waiting for file changes before restarting...
              fix: mend what the last lines say; it starts again by itself, and devenv up waits for it again
              fix: devenv logs api        # everything that it said
        ")
        .tested(&["tests/engine/failures.rs::a_crash_under_a_watcher_is_told_within_seconds_with_the_last_lines"]);

    ENDED_BY_ITSELF = ProblemKind::new("ended-by-itself", Exit::Environment)
        .title("Something that should stay has ended by itself")
        .page("
            A service or an app is there to answer, so its program has to go on running. This one came to its end with success: it did
            its work in the background, or it only printed something, or it is a job, which is meant to end.

            Programs that go to the background by themselves mostly have an option that keeps them in the foreground.
        ")
        .fixes(&["let `run` in dev.yaml stay in the foreground", "write `once: true` where it is meant to end", "devenv logs NAME        # everything that it said"])
        .example("
            error[ended-by-itself]: `api` ended by itself before it was ready
              why: its command came to its end with success, and what it is for needs it to go on running
              | listening soon
              fix: let `run` of `api` stay in the foreground; where it is to end, write `once: true`
              fix: devenv logs api        # everything that it said
        ")
        .tested(&["tests/engine/faults.rs::what_ends_with_success_but_should_stay_is_told"]);

    LINE_ENDS = ProblemKind::new("line-ends", Exit::Environment)
        .title("A script has the line ends of Windows")
        .page("
            Windows ends a line with two characters, everything else with one. The second one becomes part of the first line of a script,
            `#!/bin/sh`, and the system looks for a program whose name ends in an invisible character. Git can change line ends when it
            checks files out.
        ")
        .fixes(&["devenv doctor --fix      # writes the scripts that apps run with the right line ends", "sed -i 's/\\r$//' SCRIPT", "write  * text=auto eol=lf  into .gitattributes, then: git add --renormalize ."])
        .repaired_by(Repair::Doctor)
        .example("
            error[line-ends]: `api` could not start: its command was not found
              why: a script in it has the line ends of Windows, so that the system looks for a program with an invisible character in its name
              | sh: 1: ./start.sh: not found
              fix: git add --renormalize . after  * text=auto eol=lf  in .gitattributes, or: sed -i 's/\\r$//' SCRIPT
              fix: devenv logs api        # everything that it said
        ")
        .tested(&["tests/engine/faults.rs::a_script_with_the_line_ends_of_windows_is_recognised"]);

    WRONG_PROCESSOR = ProblemKind::new("wrong-processor", Exit::Environment)
        .title("A program was made for another kind of processor")
        .page("
            Programs are made for a kind of processor and a system. One that was built or installed on a Mac, or on a computer with another
            processor, does not run here; typically a folder such as node_modules that came along from there.
        ")
        .fixes(&["remove what was built or installed elsewhere, so that setup makes it anew, then: devenv up", "choose another version in dev.yaml"])
        .answered(Asked::Start, "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"/app/server\": exec format error")
        .tested(&["tests/engine/faults.rs::a_program_for_another_processor_is_recognised"]);

    READ_ONLY = ProblemKind::new("read-only", Exit::Environment)
        .title("Something writes to a place that can only be read")
        .page("
            The files that a service reads from the repo (`files`) cannot be changed by it, nor can what belongs to the system inside. Or the
            disk that the repo is on can only be read: a stick with a lock, a disk with an error.
        ")
        .fixes(&["let it write to its folder in the repo, its home or /tmp instead", "look at the disk that the repo is on"])
        .answered(Asked::Start, "error while creating mount source path '/media/stick/shop/data': mkdir /media/stick/shop/data: read-only file system")
        .tested(&["tests/engine/faults.rs::a_program_that_writes_where_it_may_only_read_is_recognised"]);

    NOT_PERMITTED = ProblemKind::new("not-permitted", Exit::Environment)
        .title("A file or folder may not be used")
        .page("
            Apps run as your own user, so that what they write into the repo belongs to you. A file that belongs to somebody else, mostly to
            root after a command with sudo, may not be changed by them; and a script without the right to be executed may not be run.
        ")
        .repaired_by(Repair::Doctor)
        .fixes(&["devenv doctor --fix        # gives scripts that are run the right to be", "sudo chown \"$USER\" FILE        # where `ls -l` shows another user's name, then: devenv up", "chmod +x SCRIPT"])
        .answered(Asked::Start, "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"/app/start.sh\": permission denied: unknown")
        .tested(&["tests/engine/faults.rs::a_file_of_another_user_is_recognised", "tests/cli/doctor.rs::a_script_that_is_run_is_given_the_right_to_be"]);

    NOT_READY = ProblemKind::new("not-ready", Exit::Deadline)
        .title("A service or an app runs, but was not ready in time")
        .page("
            Ready is what really answers: a database a question, an app a request on its port. What was asked and what was answered
            last are shown. The app may listen on another port than dev.yaml says, it may wait for something itself, or it only needs
            longer the first time. It is left running.
        ")
        .fixes(&[
            "devenv logs NAME        # what it says itself",
            "devenv up --timeout 240        # if it only needs longer",
            "correct `port` or `ready` in dev.yaml",
        ])
        .example("
            error[not-ready]: `api` was not ready within 1 min 0 s
              why: asked: GET /healthz
                   last answer: accepts connections but does not answer yet
              fix: devenv logs api        # what it says itself
              fix: devenv up --timeout 120        # if it only needs longer
        ")
        .tested(&["tests/engine/failures.rs::what_never_answers_is_given_up_in_time_and_left_running"]);

    ANSWERS_WITH_ERROR = ProblemKind::new("answers-with-error", Exit::Environment)
        .title("An app or a service answers, but with an error")
        .page("
            It listens and answers, and what it answers to the question for its readiness is an error, for longer than a start takes. With
            status 500 the reason is its own, and the last lines that it printed mostly say which: a table that is missing, a variable that is
            not set, a migration that has not run. With 502 to 504 it waits for another server. With 404, 401 or 403, `ready` in dev.yaml names a path that is not there or wants a
            login. It is left running.
        ")
        .fixes(&["mend what the last lines say, then: devenv up", "devenv logs NAME        # everything that it said", "correct `ready` in dev.yaml"])
        .example("
            error[answers-with-error]: `api` answers, but with status 500: an error of its own
              why: asked: GET /healthz
                   that was the answer for 20 s; it is left running
              | sqlalchemy.exc.ProgrammingError: relation \"orders\" does not exist
              fix: mend what the last lines say, often a missing table, variable or migration, then: devenv up
              fix: devenv logs api        # everything that it said
        ")
        .tested(&["tests/engine/failures.rs::an_app_that_answers_with_an_error_is_told_with_its_last_lines"]);

    DEADLINE = ProblemKind::new("deadline", Exit::Deadline)
        .title("The time was over in the middle of a step")
        .page("
            `--timeout` limits the whole command, and it ended while something was being downloaded, built, started or stopped. Nothing
            is lost: what has been done stays, and the next `devenv up` does the rest.
        ")
        .fixes(&["devenv up            # goes on where it stopped", "devenv up --timeout 10m"])
        .repaired_by(Repair::Up)
        .example("
            error[deadline]: `db` was not ready within 30 s
              why: the time was over in the middle of this: download PostgreSQL 17
              fix: devenv up --timeout 60        # if it only needs longer
        ")
        .tested(&["tests/engine/mirror.rs::a_source_that_says_nothing_is_given_up_in_time"]);

    OUT_OF_MEMORY = ProblemKind::new("out-of-memory", Exit::Environment)
        .title("A service or an app ran out of memory and was ended")
        .page("
            The system ends a program that wants more memory than there is. With Docker Desktop and Colima everything shares the
            memory that their settings give to Docker, which is often less than half of the computer's.
        ")
        .fixes(&[
            "give Docker more memory in its settings, or close other programs, then: devenv up",
            "devenv down --all        # stops what runs in other checkouts",
        ])
        .example("
            error[out-of-memory]: `search` ran out of memory and was ended
              fix: give Docker more memory, or close other programs, then: devenv up
              fix: devenv logs search        # everything that it said
        ")
        .tested(&["tests/engine/faults.rs::running_out_of_memory_is_told"]);

    PORT_TAKEN = ProblemKind::new("port-taken", Exit::Environment)
        .title("Another program listens on a port that is needed")
        .page("
            Ports on this computer are leased for each checkout. One that is taken, by another checkout or any other program, is
            replaced by the next free one, and everything that refers to it follows: addresses, variables, the list that `devenv up`
            prints. So you see this only where the port was taken in the very moment, or where every replacement was.
        ")
        .fixes(&["devenv up            # takes another one from now on", "stop the program that is named"])
        .repaired_by(Repair::Up)
        .answered(Asked::Start, "driver failed programming external connectivity on endpoint db: Bind for 127.0.0.1:5432 failed: port is already allocated")
        .tested(&["tests/cli/doctor.rs::whoever_has_a_port_is_named_with_its_process_and_another_is_taken", "tests/cli/host.rs::a_stranger_who_has_come_later_is_told_and_avoided", "tests/engine/ports.rs::a_taken_port_is_replaced_said_remembered_and_given_back"]);

    NAME_TAKEN = ProblemKind::new("name-taken", Exit::Environment)
        .title("Something that devenv did not make has the name that is needed")
        .page("
            What devenv makes has names with the project and the checkout in them. Something else on this computer has exactly this
            name, made by hand or by a copy of devenv's own; devenv touches nothing that it did not make, and gives what it makes another name.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["devenv up --verbose        # shows its name", "rename it, or remove it once you are sure that nobody needs it: docker rm NAME, which takes what is in it along"])
        .answered(Asked::Create, "Conflict. The container name \"/shop-db-1a2b3c\" is already in use by container \"4f5e6d\". You have to remove (or rename) that container to be able to reuse that name.")
        .tested(&["tests/engine/faults.rs::a_name_that_something_else_has_is_left_to_it"]);

    REMOVED_BY_HAND = ProblemKind::new("removed-by-hand", Exit::Environment)
        .title("Something of this environment was removed by other means")
        .page("
            A service, its data or the environment's private connection was there a moment ago and was removed while devenv worked,
            by hand or by a program that cleans up. The next `devenv up` makes it again; data that is still there is used again.
        ")
        .fixes(&["devenv up            # makes it again; data is kept"])
        .repaired_by(Repair::Up)
        .answered(Asked::Start, "No such container: 4f5e6d")
        .tested(&["tests/engine/lost.rs::what_is_removed_by_hand_meanwhile_is_made_again"]);

    NOT_RUNNING = ProblemKind::new("not-running", Exit::Environment)
        .title("A service or an app has to run for this, and does not")
        .page("
            The command goes to something that runs, and it does not: it was not started, it was stopped, it has crashed, or it is a
            job that has done its work and ended.
        ")
        .fixes(&["devenv up NAME", "devenv status        # shows what runs and why not"])
        .repaired_by(Repair::Up)
        .example("
            error[not-running]: `api` is not running
              fix: devenv up api
        ")
        .tested(&["tests/cli/open.rs::the_only_page_is_opened_in_the_browser_of_whoever_sits_at_a_terminal"]);

    ENDED_MEANWHILE = ProblemKind::new("ended-meanwhile", Exit::Environment)
        .title("What a command ran inside of has ended under it")
        .page("
            A command that `devenv exec`, `run` or `shell` had started inside a service or an app was ended, because the service or app
            itself was stopped, replaced by another `devenv up`, or ended on its own.
        ")
        .fixes(&["run the command again", "devenv logs NAME"])
        .example("
            error[ended-meanwhile]: `api` has ended, and with it what ran inside
              why: it was stopped or replaced, or ended on its own
              fix: devenv logs api
        ")
        .tested(&["tests/engine/shells.rs::what_ends_under_a_command_is_told"]);

    COMMAND_MISSING = ProblemKind::new("command-missing", Exit::Environment)
        .title("The program that is to run does not exist inside")
        .page("
            `run` in dev.yaml names a program that is not in what the service or app runs from: the word is misspelt, a setup step
            has to install it first, or another toolchain has it. A script that begins with `#!` and names a missing program gives the
            same answer.
        ")
        .fixes(&["correct `run` in dev.yaml", "add the setup step that installs it"])
        .answered(Asked::Start, "OCI runtime create failed: runc create failed: unable to start container process: exec: \"redis-servre\": executable file not found in $PATH: unknown")
        .tested(&["tests/engine/faults.rs::a_missing_program_is_told"]);

    FOLDER_MISSING = ProblemKind::new("folder-missing", Exit::Environment)
        .or(&[Exit::Usage])
        .title("A folder of this computer is gone")
        .page("
            The repo, or a folder in it that a service or app uses, was there before and is not any more: deleted, renamed, or on a
            disk that is not connected. In a virtual machine, only folders that it shares with the computer can be used.
        ")
        .fixes(&["bring the folder back, then: devenv up", "change to the folder of your repo, or name it with -C"])
        .answered(Asked::Create, "invalid mount config for type \"bind\": bind source path does not exist: /home/ada/shop/api")
        .tested(&["tests/cli/manifest.rs::the_manifest_is_found_from_every_folder_below_and_by_name"]);

    FILE_FOR_FOLDER = ProblemKind::new("file-for-folder", Exit::Environment)
        .title("A file stands where a folder is needed, or the other way round")
        .page("
            `files` and `data` in dev.yaml name a place inside a service. A file of the repo can only stand where a file is expected,
            and a folder only where a folder is.
        ")
        .fixes(&["look at `files` and `data` in dev.yaml: both sides are files, or both are folders"])
        .answered(Asked::Start, "failed to create task: error mounting \"/home/ada/shop/nginx.conf\" to rootfs at \"/etc/nginx\": not a directory: unknown");

    USER_UNKNOWN = ProblemKind::new("user-unknown", Exit::Environment)
        .title("The user that something is to run as does not exist in it")
        .page("
            What is run names a user of its own by name, for example with USER in a Dockerfile, and has no such user in its list.
        ")
        .fixes(&["add the user in the Dockerfile, or name it by its number", "choose another version"])
        .answered(Asked::Start, "unable to find user app: no matching entries in passwd file");

    LOOPBACK_ONLY = ProblemKind::new("loopback-only", Exit::Environment)
        .title("An app listens, but only for itself")
        .page("
            Many development servers listen on 127.0.0.1 (localhost) unless they are told otherwise. An app of dev.yaml runs apart
            from your computer, so that its localhost is not yours: neither your browser nor other services can reach it there.

            devenv tells the servers that it knows to listen on 0.0.0.0 by itself. Still nothing outside of this computer can
            reach it then.
        ")
        .fixes(&["make it listen on 0.0.0.0, for example with  --host 0.0.0.0  in `run` of dev.yaml, or  php -S 0.0.0.0:8000", "let it read the variable HOST, which devenv sets to 0.0.0.0"])
        .example("
            error[loopback-only]: `web` listens on port 5173, but only for itself
              why: it chose the address 127.0.0.1 (localhost), which nothing outside of it can reach: neither your browser nor other services
              fix: make it listen on 0.0.0.0: for example --host 0.0.0.0        # in `run` of dev.yaml
              fix: or let it read the variable HOST, which devenv sets to 0.0.0.0
        ")
        .tested(&["tests/engine/failures.rs::a_server_that_listens_for_itself_only_is_recognised"]);

    WRONG_PORT = ProblemKind::new("wrong-port", Exit::Environment)
        .title("An app listens on another port than dev.yaml says")
        .page("
            An app is reached on the `port` that dev.yaml gives it, and this one listens on another. That is told as soon as it is seen, and
            believed once nothing has changed, been printed or computed for 15 seconds. Ports of debuggers, of live reload and of whoever
            watches over an app don't count, nor do those from 32768 on; what runs on the JVM is given its full time. Where there is no dev.yaml, the port was read from the repo, and the file that says it may be the wrong one.
        ")
        .fixes(&["correct `port` of the app in dev.yaml", "let it listen on the port that the variable PORT names, which devenv sets"])
        .example("
            error[wrong-port]: `api` listens on port 8080, not on 3000
              why: 3000 is the port of `api` in dev.yaml; it is left running
              fix: write `port: 8080` for `api` in dev.yaml
              fix: or let it listen on the port that the variable PORT names, which is 3000
        ")
        .tested(&["tests/engine/failures.rs::a_wrong_port_ends_the_wait_with_the_line_to_write"]);

    LOGIN_REFUSED = ProblemKind::new("login-refused", Exit::Environment)
        .title("A database runs, but refuses the login")
        .page("
            Passwords are made for each environment and kept with it; where data from before has another one, devenv sets it to the
            one in dev.yaml by itself. So you see this where the password was changed by hand, or the data comes from elsewhere, and
            nobody who may change it can be reached.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["set the password of the service back", "devenv reset NAME        # begins with empty data; devenv undo brings this back"])
        .example("
            error[login-refused]: `db` runs, but refuses the login
              why: asked: SELECT 1
                   answer: password authentication failed for user \"shop\"
              fix: if its password was changed by hand or its data comes from elsewhere, set the password of `db` back
              fix: devenv logs db        # what it says itself
        ")
        .tested(&[
            "tests/engine/sacred.rs::a_changed_password_or_user_and_a_lost_one_lock_nobody_out",
            "src/execute/ready.rs::a_refusal_is_believed_when_it_stays_the_same_for_5_s",
        ]);

    DATABASE_MISSING = ProblemKind::new("database-missing", Exit::Environment)
        .title("A database service runs, but its database cannot be used")
        .page("
            The service answers, and the database in it that dev.yaml names is not there, or the user may not use it: it was dropped or
            renamed by hand, or dev.yaml names another one than the data has. `devenv up` makes it again by itself where it can, so
            that you see this only where it could not.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["create the database again", "devenv reset NAME        # begins with empty data; devenv undo brings this back"])
        .example("
            error[database-missing]: `db` runs, but its database cannot be used
              why: asked: SELECT 1
                   answer: database \"shop\" does not exist
              fix: if its database was dropped or renamed by hand, create it again in `db`
              fix: devenv logs db        # what it says itself
        ")
        .tested(&["src/execute/ready.rs::a_database_that_stays_away_is_told", "tests/engine/faults.rs::a_database_that_was_dropped_by_hand_is_made_again"]);

    WRONG_PROTOCOL = ProblemKind::new("wrong-protocol", Exit::Environment)
        .title("A service answers, but speaks something else")
        .page("
            What answers on its port does not speak the language of the service: another program, a web server where a database is
            expected, or an encrypted port where a plain one is. Mostly the port in dev.yaml is not the right one.
        ")
        .fixes(&["check `port` and `ready` of the service in dev.yaml"])
        .example("
            error[wrong-protocol]: `db` runs, but speaks something else
              why: asked: SELECT 1
                   answer: HTTP/1.1 400 Bad Request
              fix: check the port and `ready` of `db` in dev.yaml
              fix: devenv logs db        # what it says itself
        ")
        .tested(&["tests/engine/faults.rs::what_speaks_something_else_is_told"]);

    ACCESS_REFUSED = ProblemKind::new("access-refused", Exit::Environment)
        .title("A service runs, but lets nobody in")
        .page("
            The service answers every question by refusing it, whoever asks: it is locked, or configured to admit nobody from where
            apps and your computer are.
        ")
        .fixes(&["look at the configuration of the service", "devenv logs NAME        # what it says itself"])
        .example("
            error[access-refused]: `db` runs, but lets nobody in
              why: asked: SELECT 1
                   answer: no pg_hba.conf entry for host \"172.28.0.1\"
              fix: devenv logs db        # what it says itself
        ")
        .tested(&["tests/engine/faults.rs::a_service_that_lets_nobody_in_is_told"]);
}
