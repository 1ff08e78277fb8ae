//! Secrets, and what has to be agreed to.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    SECRET_MISSING = ProblemKind::new("secret-missing", Exit::Environment)
        .title("A secret has no value on this computer")
        .page("
            dev.yaml says that this secret is needed and where to get it, but not its value: that is yours, and never stands in the
            repo. It was found neither in the variables of this shell, nor in dev.local.yaml, .env, or among the stored ones.
        ")
        .fixes(&[
            "devenv secret set NAME        # asks for it and stores it, for all checkouts of this repo",
            "write it into dev.local.yaml or .env, which stay on this computer",
        ])
        .example("
            error[secret-missing]: the secret `STRIPE_KEY` has no value on this computer
              why: Sandbox key of the payments team, see the team page \"Keys\"
              fix: devenv secret set STRIPE_KEY        # asks for it and stores it, for all checkouts of this repo
              fix: or write it into dev.local.yaml:  secrets: { STRIPE_KEY: … }
              fix: or into .env:  STRIPE_KEY=…
              fix: or for this once:  export STRIPE_KEY=…
        ")
        .tested(&["tests/cli/env.rs::a_missing_secret_is_named_with_the_words_of_its_description"]);

    SECRET_AS_ARGUMENT = ProblemKind::new("secret-as-argument", Exit::Usage)
        .title("A value was given as an argument")
        .page("
            Others on this computer can see the arguments of every program, and the shell keeps them in its history. So the value of a
            secret is typed when it is asked for, or comes through a pipe, and what was given was not stored.
        ")
        .fixes(&["devenv secret set NAME        # asks for it, without showing it", "pass show it | devenv secret set NAME"])
        .example("
            error[secret-as-argument]: a value is never given as an argument
              why: others on this computer can see arguments, and the shell keeps them in its history; nothing was stored
              fix: devenv secret set STRIPE_KEY        # asks for it, without showing it
        ")
        .tested(&["tests/cli/secrets.rs::stored_values_are_listed_by_name_only_and_can_be_removed"]);

    SECRET_COMMAND = ProblemKind::new("secret-command", Exit::Environment)
        .title("The command that gives a secret failed")
        .page("
            dev.yaml says that the secret is printed by a command, for example of a password manager. It ended with an error, printed
            nothing, or took too long; mostly it wants you to be logged in.
        ")
        .fixes(&["run the command yourself to see what it needs", "devenv secret set NAME        # stores a value that you have"])
        .example("
            error[secret-command]: the command for the secret `STRIPE_KEY` ended with 1
              why: it is `pass show stripe`
              | Error: stripe is not in the password store.
              fix: run it yourself to see what it needs, for example to be logged in
              fix: devenv secret set STRIPE_KEY        # stores a value that you have
        ")
        .tested(&["tests/cli/faults.rs::a_command_that_gives_no_secret_is_told"]);

    SECRET_EMPTY = ProblemKind::new("secret-empty", Exit::Usage)
        .title("No value was given for a secret")
        .page("
            `devenv secret set` stores what is typed at the terminal or comes through a pipe, and nothing came. An empty value is none:
            remove the secret to have none.
        ")
        .fixes(&["devenv secret set NAME        # and type it", "pass show it | devenv secret set NAME"])
        .example("
            error[secret-empty]: no value of STRIPE_KEY was given
              fix: type it at a terminal, or:  pass show it | devenv secret set STRIPE_KEY
        ")
        .tested(&["tests/cli/faults.rs::secrets_that_are_not_there_are_told"]);

    SECRET_KEYRING = ProblemKind::new("secret-keyring", Exit::Environment)
        .title("The keyring of this computer does not let a secret be removed")
        .page("
            Secrets are stored in the keyring of this computer where there is one. It is locked, or it does not answer, so that the
            value may still be in it.
        ")
        .fixes(&["unlock the keyring, then: devenv secret remove NAME", "devenv secret list"])
        .example("
            error[secret-keyring]: STRIPE_KEY may still be in the keyring of this computer
              why: the keyring is locked
              fix: unlock it, then:  devenv secret list
        ")
        .tested(&["tests/cli/keyring.rs::a_locked_keyring_is_told_and_the_file_serves"]);

    SECRET_NOT_STORED = ProblemKind::new("secret-not-stored", Exit::Environment)
        .title("There is no stored value to remove")
        .page("
            `devenv secret remove` takes away what `devenv secret set` has stored on this computer for this repo, and there is no value
            of this name. One that comes from elsewhere, such as .env, is not touched.
        ")
        .fixes(&["devenv secret list"])
        .example("
            error[secret-not-stored]: no value of STRIPE_KEY is stored
              fix: devenv secret list
        ")
        .tested(&["tests/cli/faults.rs::secrets_that_are_not_there_are_told"]);

    SECRET_STORE = ProblemKind::new("secret-store", Exit::Environment)
        .title("Stored secrets cannot be read or written")
        .page("
            Where there is no keyring, secrets are stored in a file of your state folder that only you may read. It was damaged, or it
            belongs to somebody else.
        ")
        .fixes(&["look at the rights of the file that is named", "remove it where it is damaged, and store the secrets again"])
        .example("
            error[secret-store]: stored secrets can't be read or written
              why: /home/ada/.local/share/devenv/secrets.json: expected value at line 1 column 1
              fix: look at the rights of the file; where it is damaged, remove it and store the secrets again
        ")
        .tested(&["tests/cli/faults.rs::secrets_that_are_not_there_are_told"]);

    UNKNOWN_SECRET = ProblemKind::new("unknown-secret", Exit::Usage)
        .title("dev.yaml asks for no such secret")
        .page("
            Only secrets that stand below `secrets` in dev.yaml can be stored: a value that nothing asks for would be forgotten there.
        ")
        .fixes(&["write its name as in dev.yaml", "declare it there:  secrets: { NAME: where to get it }"])
        .example("
            error[unknown-secret]: dev.yaml asks for no secret `STRIPE_KYE`
              fix: did you mean STRIPE_KEY?
        ")
        .tested(&["tests/cli/faults.rs::what_is_asked_for_by_a_wrong_name_is_wrong_usage"]);

    AGREEMENT_NEEDED = ProblemKind::new("agreement-needed", Exit::Environment)
        .title("Nobody has agreed yet to what would run on this computer itself")
        .page("
            What a repo wants to run on your computer itself, and not apart from it, is shown and agreed to first: apps with
            `runtime: host`, and commands that give secrets. It is asked once, and again when it changes. There was nobody to ask.
        ")
        .fixes(&["devenv up        # at a terminal, where it asks", "devenv up --yes        # agrees to exactly what was shown"])
        .example("
            error[agreement-needed]: nobody has agreed yet to what would run on this computer itself
              why: web: npm run dev
              fix: devenv up --yes        # agrees to exactly this
        ")
        .tested(&["tests/cli/host.rs::nothing_runs_on_this_computer_before_it_was_agreed_to_once_and_again_when_it_changes"]);

    NOT_AGREED = ProblemKind::new("not-agreed", Exit::Environment)
        .title("You did not agree to what would run on this computer itself")
        .page("
            The answer was no, so nothing of it was started. A toolchain of the catalog runs apart from your computer and needs no
            agreement; a secret can be stored instead of being given by a command.
        ")
        .fixes(&["look at the apps with `runtime: host` in dev.yaml", "devenv secret set NAME        # stores a value that you have"])
        .example("
            error[not-agreed]: nothing was started, since you did not agree
              fix: look at the apps with `runtime: host` in dev.yaml
              fix: give them a runtime of the catalog, such as `runtime: node`, which runs apart from your computer
        ")
        .tested(&["tests/cli/faults.rs::a_no_starts_nothing"]);
}
