//! The engine as a whole.

use crate::problem::{Asked, Exit, ProblemKind, Repair};

super::kinds! {
    ENGINE_MISSING = ProblemKind::new("engine-missing", Exit::Engine)
        .title("Docker is not installed on this computer")
        .page("
            devenv runs databases and apps with Docker behind the scenes. It looked in all the usual places and found neither Docker nor
            anything that takes its place. `devenv up` shows the commands that would install and start it, and runs them if you
            agree; with `--yes` it does so without a question. Where only a person can do it, as in WSL, it says what to do.
        ")
        .fixes(&["devenv up --yes", "install Docker: https://docs.docker.com/get-docker"])
        .repaired_by(Repair::Up)
        .example("
            error[engine-missing]: Docker is not installed on this computer
              why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
              fix: devenv up --yes      # to install Docker and start Docker
              fix: sudo dnf install -y moby-engine && sudo systemctl enable --now docker
        ")
        .tested(&["src/repair/tests/installing.rs::not_installed_on_debian"]);

    ENGINE_STOPPED = ProblemKind::new("engine-stopped", Exit::Engine)
        .title("Docker is installed, but it is not running")
        .page("
            Docker is on this computer, and nobody answers. It was stopped, or it has ended by itself; after a restart of the computer it
            may not start by itself. `devenv up` shows the command that starts it, and runs it if you agree; with `--yes` without a question.
        ")
        .fixes(&["devenv up --yes", "start Docker Desktop, or: sudo systemctl start docker"])
        .repaired_by(Repair::Up)
        .example("
            error[engine-stopped]: Docker is installed, but it is not running
              why: Docker Engine is on this computer and does not answer
              fix: devenv up --yes      # to start Docker
              fix: sudo systemctl enable --now docker
        ")
        .tested(&["src/repair/tests/starting.rs::stopped_by_every_kind_of_init"]);

    ENGINE_PERMISSION = ProblemKind::new("engine-permission", Exit::Engine)
        .title("You may not use Docker on this computer")
        .page("
            Docker runs, but only the members of a group may use it, and your user is none. On Linux that is so after every new
            installation. `devenv up` makes you a member if you agree, and goes on at once, without a new login. Who may use Docker can do
            as much on this computer as an administrator. Other programs know of the membership from the next login on.
        ")
        .fixes(&["devenv up --yes", "sudo usermod -aG docker \"$USER\" && newgrp docker"])
        .repaired_by(Repair::Up)
        .example("
            error[engine-permission]: you may not use Docker on this computer yet
              why: your user sam is not in its group `docker`
              fix: devenv up --yes      # to give you the right to use it, which is as good as an administrator's
              fix: sudo usermod -aG docker sam     # then log out and in again
        ")
        .tested(&["tests/cli/engine.rs::a_user_who_may_not_use_it", "src/repair/tests/choosing.rs::no_permission"]);

    ENGINE_RIGHTS = ProblemKind::new("engine-rights", Exit::Engine)
        .title("Only an administrator can repair Docker here")
        .page("
            Installing and starting Docker needs an administrator of this computer. devenv asks for that with `sudo` or `doas`, which want a
            password; without a terminal there is nobody to type it.
        ")
        .fixes(&["run the same command at a terminal", "run the commands that are shown as an administrator"])
        .example("
            error[engine-rights]: only an administrator of this computer can repair that
              why: `sudo` wants a password, and nobody has typed it
              fix: sudo systemctl enable --now docker
              fix: or the same devenv command once more, at a terminal
        ")
        .tested(&["tests/cli/engine.rs::what_needs_a_password_is_left_where_nobody_can_type_it"]);

    ENGINE_REPAIR = ProblemKind::new("engine-repair", Exit::Engine)
        .title("Docker could not be installed or started")
        .page("
            You agreed to the commands that install or start Docker, and one of them failed, or Docker does not answer although it was
            started. Its last lines are shown. Nothing is lost: the next `devenv up` looks at what is missing and goes on there.
        ")
        .fixes(&["look at the lines that are shown", "devenv up            # goes on where it stopped"])
        .example("
            error[engine-repair]: devenv could not install Docker
              why: `sudo dnf install -y moby-engine` ended with 1
              fix: look at the lines above; then the same devenv command once more
        ")
        .tested(&["tests/cli/engine.rs::a_repair_that_fails_shows_its_last_lines"]);

    ENGINE_HUNG = ProblemKind::new("engine-hung", Exit::Engine)
        .title("Docker accepts questions and answers none")
        .page("
            Docker is there, but it said nothing for seconds to a question that it usually answers in a few milliseconds. That
            happens when the disk is far too slow or full, when the computer has just woken up, or when Docker itself has a bug.

            `devenv up` and `devenv doctor --fix` show the commands that restart it, and run them if you agree, or with `--yes`; they give it
            ten seconds more before. What runs in Docker ends with that, of other tools too; devenv's services and apps are started again.
        ")
        .fixes(&["devenv up --yes", "wait a moment, then: devenv up", "restart Docker Desktop, or: sudo systemctl restart docker"])
        .repaired_by(Repair::Up)
        .example("
            error[engine-hung]: Docker does not answer
              why: it accepted a question and then said nothing for too long
              fix: devenv up --yes      # to restart Docker; what runs in it ends, and starts again with devenv up
              fix: sudo systemctl kill --signal=KILL docker; sudo systemctl restart docker
        ")
        .tested(&[
            "tests/cli/engine.rs::an_engine_that_accepts_and_never_answers_is_given_up_in_seconds",
            "tests/engine/own.rs::engine_hung",
        ]);

    ENGINE_LOST = ProblemKind::new("engine-lost", Exit::Engine)
        .title("The connection to Docker broke in the middle")
        .page("
            Docker was stopped, restarted or updated while devenv was talking to it; or something else answers where Docker should.
            Data is not touched by that. The next `devenv up` looks at what is there and does what is left to do.
        ")
        .fixes(&["devenv up            # goes on where it stopped"])
        .repaired_by(Repair::Up)
        .example("
            error[engine-lost]: the connection to Docker broke
              why: it was stopped or restarted in the meantime
              fix: devenv up            # goes on where it stopped
        ")
        .tested(&["tests/cli/engine.rs::something_that_hangs_up"]);

    ENGINE_VERSION = ProblemKind::new("engine-version", Exit::Engine)
        .title("Docker is too old or too new for this devenv")
        .page("
            devenv works with Docker 20.10 and later. An older one lacks what devenv asks for; a much newer one may no longer offer
            it, and then there is a newer devenv.
        ")
        .fixes(&["update Docker: https://docs.docker.com/engine/install", "install the newest devenv"])
        .answered(Asked::Look, "client version 1.39 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version");

    ENGINE_ELSEWHERE = ProblemKind::new("engine-elsewhere", Exit::Engine)
        .title("Docker does not answer at the address that was chosen")
        .page("
            The variable DOCKER_HOST, or the chosen context, says where Docker is, and nothing listens there: that Docker was stopped,
            or the address is an old one. devenv takes no other Docker than the one that was chosen; where it knows how that one is started,
            or can choose the usual one again, `devenv up` shows the commands and runs them if you agree.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["start the Docker that is meant", "unset DOCKER_HOST", "docker context use default"])
        .example("
            error[engine-elsewhere]: Docker does not answer where it should
              why: DOCKER_HOST says `tcp://127.0.0.1:2375`, and nothing listens there
              fix: start the Docker that is meant
              fix: unset DOCKER_HOST
        ")
        .tested(&["tests/engine/doctor.rs::a_context_that_leads_nowhere_is_set_right", "tests/cli/engine.rs::nothing_at_the_address_of_docker_host", "tests/cli/engine.rs::nobody_listens_any_more"]);

    ENGINE_FOREIGN = ProblemKind::new("engine-foreign", Exit::Engine)
        .title("What answers where Docker should be is something else")
        .page("
            The address of Docker leads to another program, such as a web server, whose answers make no sense as Docker's.
        ")
        .fixes(&["look at DOCKER_HOST and `docker context ls`: one of them leads there", "unset DOCKER_HOST"])
        .example("
            error[engine-foreign]: what answers is not Docker
              why: where Docker should be, something else answers: <html>Welcome to nginx</html>
              fix: look at DOCKER_HOST and `docker context ls`: one of them leads there
        ")
        .tested(&["tests/cli/engine.rs::a_web_server_in_its_place"]);

    ENGINE_SSH = ProblemKind::new("engine-ssh", Exit::Engine)
        .title("The chosen Docker runs on another computer")
        .page("
            An address that begins with ssh:// leads to the Docker of another computer. What runs there sees neither the files of this
            computer nor its addresses, so that nothing of the repo would be there.
        ")
        .fixes(&["unset DOCKER_HOST", "docker context use default"])
        .example("
            error[engine-ssh]: devenv cannot work with the Docker of another computer
              why: DOCKER_HOST says `ssh://sam@build.example`, which is reached over ssh; what runs there sees neither this computer's files nor its addresses
              fix: unset DOCKER_HOST
        ")
        .tested(&["tests/cli/engine.rs::an_address_of_an_unknown_kind"]);

    ENGINE_TLS = ProblemKind::new("engine-tls", Exit::Engine)
        .title("The chosen Docker asks for certificates")
        .page("
            The address leads to a Docker that lets only those in who show a certificate; it is mostly on another computer. devenv works
            with a Docker on this computer.
        ")
        .fixes(&["unset DOCKER_HOST", "docker context use default"])
        .example("
            error[engine-tls]: devenv cannot log in to this Docker
              why: DOCKER_HOST says `tcp://build.example:2376`, which asks for certificates; devenv works with a Docker on this computer
              fix: unset DOCKER_HOST
        ")
        .tested(&["tests/cli/engine.rs::an_address_of_an_unknown_kind"]);

    ENGINE_ADDRESS = ProblemKind::new("engine-address", Exit::Engine)
        .title("The address of Docker is of an unknown kind")
        .page("
            DOCKER_HOST, or the chosen context, names an address that devenv cannot connect to. Addresses that begin with unix:// or
            tcp:// are understood.
        ")
        .fixes(&["unset DOCKER_HOST", "docker context use default"])
        .example("
            error[engine-address]: devenv cannot connect to the Docker that is chosen
              why: DOCKER_HOST says `carrier-pigeon://loft`; addresses that begin with unix:// or tcp:// are understood
              fix: unset DOCKER_HOST
        ")
        .tested(&["tests/cli/engine.rs::an_address_of_an_unknown_kind"]);

    ENGINE_CONTEXT = ProblemKind::new("engine-context", Exit::Engine)
        .title("The chosen Docker context does not exist")
        .page("
            Docker's settings, or the variable DOCKER_CONTEXT, name one of several Dockers that this computer can use, and that one is
            not there any more; for example after Colima or Rancher Desktop was removed. `devenv up` chooses the usual one again, if you agree.
        ")
        .repaired_by(Repair::Up)
        .fixes(&["docker context use default"])
        .example("
            error[engine-context]: the Docker context `colima` does not exist
              why: DOCKER_CONTEXT or Docker's own settings name it, but it was removed
              fix: docker context use default
        ")
        .tested(&["tests/engine/doctor.rs::a_context_that_leads_nowhere_is_set_right", "tests/cli/engine.rs::a_context_that_is_gone"]);

    ENGINE_ERROR = ProblemKind::new("engine-error", Exit::Environment)
        .or(&[Exit::Engine])
        .title("Docker refuses something, for a reason that devenv does not know")
        .page("
            Docker answered with an error that devenv has no explanation for. The reason is Docker's own first line, put into words
            that need no knowledge of Docker; `--verbose` shows it exactly as it came.
        ")
        .fixes(&["devenv up --verbose   # shows Docker's own words", "report it together with these words, so that devenv learns to explain it"])
        .answered(Asked::Start, "failed to set up a quota: operation not supported by the file system");

    ADDRESSES_USED_UP = ProblemKind::new("addresses-used-up", Exit::Environment)
        .title("No private addresses are left for another environment")
        .page("
            Every environment has a small range of private addresses of its own. Docker's own ranges are used up by some thirty of
            them; devenv then chooses small ones from a larger range by itself, so that you see this only where those are used up
            too, for example by a VPN that takes everything.
        ")
        .fixes(&["devenv down            # in environments you no longer need", "devenv gc              # removes what deleted checkouts left"])
        .repaired_by(Repair::Up)
        .answered(Asked::Create, "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network")
        .tested(&["tests/engine/pools.rs::environments_beyond_the_engines_own_ranges_come_up_side_by_side"]);
}
