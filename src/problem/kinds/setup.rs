//! Setup steps and what they look at.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    SETUP_FAILED = ProblemKind::new("setup-failed", Exit::Environment)
        .title("A setup step of an app failed")
        .page("
            The steps below `setup` in dev.yaml run before the app starts. One of them ended with an error; its last lines of output
            are shown. The app is not started, since it would lack what the step makes; what ran before goes on running.

            A step that failed is tried again at the next `devenv up`.
        ")
        .fixes(&["mend what the last lines say, then: devenv up", "devenv logs NAME        # everything that it said", "devenv up --again STEP        # runs a step again that had succeeded"])
        .example("
            error[setup-failed]: the setup step `npm ci` of `api` failed
              why: it ended with 1; its last lines are below
              | npm error code EUSAGE
              fix: mend what it says, then: devenv up        # goes on with this step
              fix: devenv logs api        # everything that it said
        ")
        .tested(&["tests/engine/setup.rs::a_failed_step_keeps_the_app_from_starting_and_is_tried_again"]);

    SETUP_DEADLINE = ProblemKind::new("setup-deadline", Exit::Deadline)
        .title("A setup step did not come to an end in time")
        .page("
            The step was ended, with everything that it had started. Mostly it waits for an answer that nobody gives, since nobody
            can type anything there, or for something that does not come.
        ")
        .fixes(&["let the step ask nothing, for example with an option such as --yes", "give it more time with `timeout` in dev.yaml, or: devenv up --timeout 30m"])
        .example("
            error[setup-deadline]: the setup step `npm run migrate` of `api` did not end within 10 min 0 s
              why: it was ended; it may have waited for input, which nobody can give it here
              | Apply 3 migrations? (y/N)
              fix: make the command ask nothing, for example with --yes
              fix: give the step a longer `timeout` in dev.yaml if it only needs longer
              fix: devenv logs api        # everything that it said
        ")
        .tested(&["tests/engine/stale.rs::a_step_that_hangs_is_ended_at_its_deadline_with_what_it_said"]);

    TOOLCHAIN_NOT_PREPARED = ProblemKind::new("toolchain-not-prepared", Exit::Environment)
        .title("The toolchain of an app could not be prepared")
        .page("
            Before the first setup step, devenv makes a place for the packages of the toolchain, such as a virtual environment for
            Python. That failed; the reason is the answer of the toolchain itself.
        ")
        .fixes(&["devenv up            # tries again", "choose another version of the toolchain in dev.yaml"])
        .example("
            error[toolchain-not-prepared]: Python 3.13 could not be prepared for `api`
              why: `python -m venv /home/dev/venv` ended with 1
              | Error: [Errno 28] No space left on device
              fix: choose another version of the runtime in dev.yaml
        ")
        .tested(&["tests/engine/faults.rs::a_toolchain_that_can_not_be_prepared_is_told"]);

    INPUTS_TOO_MANY = ProblemKind::new("inputs-too-many", Exit::Environment)
        .title("A setup step has too many input files to watch")
        .page("
            A step runs again when its inputs change, and for that every `devenv up` looks at all of them. A pattern in `inputs`
            finds so many files, or so large ones, that this would take too long.
        ")
        .fixes(&["name only the files that the step reads, for example `migrations/*.sql` for `**`", "leave a folder out with `!folder`, or in .gitignore if it is made by programs"])
        .example("
            error[inputs-too-many]: the inputs of `npm run generate` of `api` are too many to watch
              why: `**` finds more than 20,000 files, all of which every `up` would have to look at
              fix: name only the files that the step reads, for example `migrations/*.sql` for `**`
              fix: leave a folder out with `!folder`, or in .gitignore if it is made by programs
        ")
        .tested(&["src/execute/stale.rs::inputs_that_can_not_be_watched_are_told"]);

    INPUTS_UNREADABLE = ProblemKind::new("inputs-unreadable", Exit::Environment)
        .or(&[Exit::Manifest])
        .title("An input of a setup step cannot be read")
        .page("
            A step runs again when its inputs change. One of these files may not be read by your user, so that nobody can tell whether
            it has changed.
        ")
        .fixes(&["make it readable for your user: chmod u+r FILE", "leave it out of `inputs` in dev.yaml"])
        .example("
            error[inputs-unreadable]: `migrations/1.sql`, an input of `npm run migrate` of `api`, cannot be read
              why: Permission denied (os error 13)
              fix: make it readable for your user: chmod u+r migrations/1.sql
              fix: or leave it out of `inputs` in dev.yaml
        ")
        .tested(&["tests/cli/faults.rs::an_input_that_can_not_be_read_is_told"]);
}
