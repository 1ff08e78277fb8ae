//! New services: templates, what they ask, and where they are laid down.

use crate::problem::{Exit, ProblemKind};

super::kinds! {
    UNKNOWN_TEMPLATE = ProblemKind::new("unknown-template", Exit::Usage)
        .title("There is no such template")
        .page("
            `devenv new` takes one of devenv's own templates, the address of a git repository, or a folder. A folder of the same name as one
            of devenv's own is written with `./` before it.
        ")
        .fixes(&["devenv new --list", "write the whole address, with https:// or git@"])
        .example("
            error[unknown-template]: there is no template `python-fastpi`
              why: it is none of devenv's own, no address of a repository, and no folder
              fix: did you mean `python-fastapi`?
        ")
        .tested(&["tests/cli/new.rs::what_was_typed_wrong_is_wrong_usage"]);

    SERVICE_NAME = ProblemKind::new("service-name", Exit::Usage)
        .title("A new service needs a name that can be one everywhere")
        .page("
            The name becomes a folder, a package, a host name and a part of dev.yaml, so that only small letters, digits and `-` can be in
            it, 40 of them at most, with a letter at the beginning.
        ")
        .fixes(&["devenv new TEMPLATE NAME"])
        .example("
            error[service-name]: `Order History` can't be the name of a service
              why: it must begin with a lower-case letter (a-z)
              fix: did you mean `order-history`?
        ")
        .tested(&["tests/cli/new.rs::what_was_typed_wrong_is_wrong_usage"]);

    TEMPLATE_ANSWER = ProblemKind::new("template-answer", Exit::Usage)
        .title("A question of the template has no fitting answer")
        .page("
            A template may ask. At a terminal devenv asks on its behalf; elsewhere it takes the default, and where there is none the answer
            has to be given with `--set`. An answer is one line, and has to be one of the choices or match the pattern where the template
            declares such.
        ")
        .fixes(&["devenv new TEMPLATE NAME --set KEY=VALUE", "devenv new --list --json        # shows the questions of devenv's own templates"])
        .example("
            error[template-answer]: the template has to know `team`
              why: Which team looks after it?
              fix: add  --set team=…
        ")
        .tested(&["tests/cli/new.rs::a_template_of_ones_own_asks_and_fills_contents_and_names"]);

    TEMPLATE_WRONG = ProblemKind::new("template-wrong", Exit::Environment)
        .title("Nothing can be made from a template")
        .page("
            The template itself has a mistake: its template.yaml is missing or can't be understood, a file holds a placeholder that no
            question belongs to, or something in it is no plain file inside its folder. Links, paths that lead out of the folder, and git's
            own files are refused, since they could reach what is not the template's. Nothing was written.
        ")
        .fixes(&["correct the template, or tell whoever looks after it"])
        .example("
            error[template-wrong]: nothing can be made from ../paved-road
              why: src/main.py:3 holds @@nmae@@, which nothing is known of
              fix: did you mean @@name@@?
        ")
        .tested(&["tests/cli/new.rs::a_template_that_reaches_out_of_its_folder_is_refused"]);

    TEMPLATE_UNREACHABLE = ProblemKind::new("template-unreachable", Exit::Environment)
        .title("A template's repository cannot be fetched")
        .page("
            The repository is copied with your own git, with your own settings and logins. Git could not do so, is not installed, or took
            longer than five minutes. Nothing was written.
        ")
        .fixes(&["git ls-remote ADDRESS        # tries the same without devenv"])
        .example("
            error[template-unreachable]: https://git.example/platform/servce.git cannot be fetched
              why: remote: Repository not found.
              fix: git ls-remote https://git.example/platform/servce.git        # tries the same without devenv
        ")
        .tested(&["tests/cli/new.rs::a_repository_that_is_not_there_is_told_in_gits_words"]);

    TEMPLATE_OLDER = ProblemKind::new("template-older", Exit::Environment)
        .title("The template is older than what the repo was made from")
        .page("
            dev.lock says which version of a template the repo was made from, or was last brought up to. What is found now is an older
            one, so that an update would take changes back: somebody used a newer devenv, or another place for the template.
        ")
        .fixes(&["install a newer devenv", "devenv new --update TEMPLATE        # from another place"])
        .example("
            error[template-older]: the template is older than what this repo was made from
              why: the repo was made from 1.3.0, and what is there now is go-http 1.2.0
              fix: install a newer devenv, or name another place: devenv new --update TEMPLATE
        ")
        .tested(&["tests/cli/new.rs::an_older_template_takes_nothing_back"]);

    TARGET_TAKEN = ProblemKind::new("target-taken", Exit::Environment)
        .title("Something is where a new service is to be")
        .page("
            A new service goes into a folder of its own, which is empty or not there yet. What is there is never written over.
        ")
        .fixes(&["devenv new TEMPLATE NAME --path FOLDER", "give it another name"])
        .example("
            error[target-taken]: /home/sam/orders is there already, and something is in it
              why: nothing that is there is ever written over
              fix: give it another name, or --path FOLDER
        ")
        .tested(&["tests/cli/new.rs::what_is_there_is_never_written_over"]);

    TARGET_UNWRITABLE = ProblemKind::new("target-unwritable", Exit::Environment)
        .title("The files of a service cannot be written")
        .page("
            The disk is full, the folder belongs to somebody else, or the file system is read-only. What was written of a new service has been
            removed again.
        ")
        .fixes(&["devenv new TEMPLATE NAME --path FOLDER", "make room, or ask for the right to write there"])
        .example("
            error[target-unwritable]: /srv/orders cannot be written
              why: Permission denied (os error 13)
              fix: make room there, or choose another folder with --path FOLDER
        ")
        .tested(&["tests/cli/new.rs::what_cannot_be_written_leaves_nothing"]);

    NO_TEMPLATE_HERE = ProblemKind::new("no-template-here", Exit::Usage)
        .title("The repo was not made from a template")
        .page("
            `devenv new --update` compares a repo with the template that it was made from, which dev.lock remembers. There is no such
            entry here.
        ")
        .fixes(&["devenv new TEMPLATE NAME        # makes a new service"])
        .example("
            error[no-template-here]: /home/sam/shop was not made from a template
              why: no dev.lock says so
              fix: devenv new TEMPLATE NAME        # makes a new service
        ")
        .tested(&["tests/cli/new.rs::a_repo_that_was_not_made_from_a_template_is_told"]);
}
