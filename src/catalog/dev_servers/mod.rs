//! Development servers that listen on their own loopback address by default, and how each is made to answer from outside.
//!
//! A command that says itself where to listen is left alone, even where nobody can reach that: it is explained, not overruled.

mod advice;
mod table;

use std::collections::BTreeMap;

pub use self::advice::way_to_listen;
use self::table::{Address, Server, TABLE};
use super::command_line::{self, Call, Word, begins_with};
use super::scripts;

/// A command that answers from outside, and the variables that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    pub run: String,
    /// `{name}` stands for the app's name.
    pub env: Vec<(String, String)>,
}

/// Makes a known development server listen where it can be reached, and on the app's port.
///
/// `scripts` are those of the app's `package.json`, so that `npm run dev` is known by what it runs.
pub fn answer_from_outside(run: &str, scripts: &BTreeMap<String, String>, port: u16) -> Answering {
    answer(run, scripts, port, Reach::Outside)
}

/// Makes a known development server that runs on this computer itself listen on the app's port, and on the loopback address
/// only.
pub fn answer_on_loopback(run: &str, scripts: &BTreeMap<String, String>, port: u16) -> Answering {
    answer(run, scripts, port, Reach::Loopback)
}

/// Who is to reach a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Outside,
    Loopback,
}

impl Reach {
    /// Turns what is added into what it ought to be here.
    fn narrow(self, text: &str) -> String {
        match self {
            Self::Outside => text.to_owned(),
            Self::Loopback => text.replace(EVERYWHERE, "127.0.0.1").replace("--allow-all-ip", ""),
        }
    }

    fn bare_address(self) -> &'static str {
        match self {
            Self::Outside => "",
            Self::Loopback => "--bind 127.0.0.1 ",
        }
    }
}

const EVERYWHERE: &str = "0.0.0.0";

fn answer(run: &str, scripts: &BTreeMap<String, String>, port: u16, reach: Reach) -> Answering {
    let calls = command_line::calls(run);
    // The scripts of another folder are not known.
    let elsewhere = BTreeMap::new();
    let scripts = if calls.iter().any(|call| begins_with(&call.program(), &["cd"])) { &elsewhere } else { scripts };
    let mut search = Search { scripts, port, env: Vec::new(), bare_address: reach.bare_address() };
    search.env.push(("HOST".to_owned(), EVERYWHERE.to_owned()));
    let mut edits: Vec<Edit> = calls.iter().filter_map(|call| search.edit(call, &[], 0)).collect();
    edits.sort_by_key(|edit| edit.start);
    let mut text = run.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.start..edit.end, &reach.narrow(&edit.text));
    }
    let env = search.env.into_iter().map(|(key, value)| (key, reach.narrow(&value))).collect();
    Answering { run: text, env }
}

/// A piece of the command that becomes another; an empty piece at the end of a call where something is only added.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

struct Search<'a> {
    scripts: &'a BTreeMap<String, String>,
    port: u16,
    env: Vec<(String, String)>,
    /// What says where to listen in front of a bare port.
    bare_address: &'static str,
}

/// How far scripts that call scripts are followed.
const DEEPEST_SCRIPT: usize = 2;

impl Search<'_> {
    /// What to change in one call. `given` are words that it gets from outside, as a script does.
    fn edit(&mut self, call: &Call, given: &[Word], depth: usize) -> Option<Edit> {
        let words = call.program();
        let at_end = |text: String| {
            let end = call.words.last().map_or(0, |word| word.end);
            (!text.is_empty()).then(|| Edit { start: end, end, text: format!(" {text}") })
        };
        if let Some(script) = scripts::called(&words, self.scripts) {
            let given: Vec<Word> = script.arguments.iter().chain(given).cloned().collect();
            let text = self.scripts.get(&script.name)?;
            let arguments = self.script_arguments(&text.clone(), &given, depth)?;
            let separator = if script.wants_dashes { "-- " } else { "" };
            return at_end(format!("{separator}{arguments}"));
        }
        let words = scripts::without_runner(words);
        let server = TABLE.iter().find(|server| server.is_called_by(&words))?;
        self.learn(server);
        match server.address {
            Address::None => at_end(self.options(server, words.iter().chain(given))),
            Address::Django => self.django(&words).or_else(|| at_end(self.django_address(&words, given))),
            Address::Php => php(&words),
            Address::BarePort => {
                let has_port = words.iter().skip(1).any(|word| is_number(&word.text));
                at_end(if has_port { String::new() } else { format!("{}{}", self.bare_address, self.port) })
            }
        }
    }

    /// What has to be added to a script's own words; only its last call gets them.
    fn script_arguments(&mut self, text: &str, given: &[Word], depth: usize) -> Option<String> {
        if depth >= DEEPEST_SCRIPT {
            return None;
        }
        let calls = command_line::calls(text);
        let (last, before) = calls.split_last()?;
        for call in before {
            // Its words are out of reach, its variables are not.
            let _ = self.edit(call, &[], depth + 1);
        }
        let edit = self.edit(last, given, depth + 1)?;
        (edit.start == edit.end).then(|| edit.text.trim_start().to_owned())
    }

    fn learn(&mut self, server: &Server) {
        for (key, value) in server.env {
            if !self.env.iter().any(|(known, _)| known == key) {
                self.env.push(((*key).to_owned(), value.replace("{port}", &self.port.to_string())));
            }
        }
    }

    fn options<'w>(&self, server: &Server, words: impl Iterator<Item = &'w Word> + Clone) -> String {
        let missing =
            server.adds.iter().filter(|add| !add.unless.iter().any(|option| words.clone().any(|it| says(it, option))));
        let mut text: Vec<String> = missing.map(|add| add.text.replace("{port}", &self.port.to_string())).collect();
        // Behind a `--` of its own another one would be an argument.
        let dashes = words.clone().any(|word| word.text == "--");
        for part in text.iter_mut().filter(|_| dashes) {
            if let Some(rest) = part.strip_prefix("-- ") {
                *part = rest.to_owned();
            }
        }
        text.join(" ")
    }

    /// `runserver 8000` becomes `runserver 0.0.0.0:8000`.
    fn django(&self, words: &[Word]) -> Option<Edit> {
        let port = words.iter().skip(2).find(|word| is_number(&word.text))?;
        Some(Edit { start: port.start, end: port.end, text: format!("0.0.0.0:{}", port.text) })
    }

    fn django_address(&self, words: &[Word], given: &[Word]) -> String {
        let says_address =
            |word: &Word| !word.text.starts_with('-') && word.text.contains(':') || is_number(&word.text);
        let written = words.iter().skip(2).chain(given).any(says_address);
        if written { String::new() } else { format!("0.0.0.0:{}", self.port) }
    }
}

impl Server {
    fn is_called_by(&self, words: &[Word]) -> bool {
        let next = words.get(self.start.len()).map_or("", |word| word.text.as_str());
        begins_with(words, self.start)
            && (self.verbs.is_empty() || self.verbs.contains(&next))
            && !self.never.contains(&next)
    }
}

/// Whether a word is this option, alone, with a value behind `=`, or, for a short one, with a value glued to it.
fn says(word: &Word, option: &str) -> bool {
    word.text
        .strip_prefix(option)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('=') || !option.starts_with("--"))
}

/// A number, or a variable that must be meant for one: `$PORT`.
fn is_number(text: &str) -> bool {
    text.starts_with('$') || (!text.is_empty() && text.chars().all(|c| c.is_ascii_digit()))
}

/// `php -S localhost:8000`: it has to be told an address, and nearly always gets this one.
fn php(words: &[Word]) -> Option<Edit> {
    let at = words.iter().position(|word| word.text == "-S")?;
    let address = words.get(at + 1)?;
    let (host, port) = address.text.rsplit_once(':')?;
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    loopback.then(|| Edit { start: address.start, end: address.end, text: format!("0.0.0.0:{port}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(run: &str) -> String {
        let scripts = [
            ("dev", "vite"),
            ("dev:host", "vite --host"),
            ("dev:built", "tsc && NODE_ENV=x vite --open"),
            ("dev:again", "npm run dev"),
            ("dev:deeper", "npm run dev:again"),
            ("dev:loop", "npm run dev:loop"),
            ("start", "next dev"),
            ("both", "vite & uvicorn app:app"),
            ("test", "vitest"),
        ];
        let scripts = scripts.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let Answering { run: answering, env } = answer_from_outside(run, &scripts, 3000);
        let env: Vec<String> = env[1..].iter().map(|(key, value)| format!("{key}={value}")).collect();
        let changed = if answering == run { "=" } else { &answering };
        format!("{run}\n    {changed}\n{}", env.iter().map(|it| format!("    {it}\n")).collect::<String>())
    }

    fn lines(commands: &[&str]) -> String {
        commands.iter().map(|command| line(command)).collect()
    }

    #[test]
    fn on_this_computer_nothing_listens_further_than_it_has_to() {
        let loopback = |run: &str| {
            let Answering { run, env } = answer_on_loopback(run, &BTreeMap::new(), 3001);
            assert_eq!(env[0], ("HOST".to_owned(), "127.0.0.1".to_owned()));
            assert!(env.iter().all(|(_, value)| !value.contains(EVERYWHERE)));
            run
        };
        assert_eq!(loopback("vite"), "vite --host 127.0.0.1 --port 3001 --strictPort");
        assert_eq!(loopback("python manage.py runserver"), "python manage.py runserver 127.0.0.1:3001");
        assert_eq!(loopback("python3 -m http.server"), "python3 -m http.server --bind 127.0.0.1 3001");
        assert_eq!(loopback("symfony serve"), "symfony serve  --port 3001");
        assert_eq!(loopback("./server --bind 0.0.0.0"), "./server --bind 0.0.0.0");
    }

    #[test]
    fn servers_of_the_javascript_world() {
        expect_test::expect![[r#"
            vite
                vite --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            vite --host 127.0.0.1
                vite --host 127.0.0.1 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            vite --port 4000
                vite --port 4000 --host 0.0.0.0
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            vite build
                =
            npx --yes vite ./web && echo done
                npx --yes vite ./web --host 0.0.0.0 --port 3000 --strictPort && echo done
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            vitest
                =
            ng serve -o
                ng serve -o --host 0.0.0.0 --port 3000
            astro dev
                astro dev --host 0.0.0.0 --port 3000
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            next dev
                =
            nuxt dev
                =
                NUXT_HOST=0.0.0.0
                NUXT_PORT=3000
            storybook dev -p6006
                storybook dev -p6006 --host 0.0.0.0 --ci
            webpack serve --host=0.0.0.0
                webpack serve --host=0.0.0.0 --port 3000
            node server.js
                =
        "#]]
        .assert_eq(&lines(&[
            "vite",
            "vite --host 127.0.0.1",
            "vite --port 4000",
            "vite build",
            "npx --yes vite ./web && echo done",
            "vitest",
            "ng serve -o",
            "astro dev",
            "next dev",
            "nuxt dev",
            "storybook dev -p6006",
            "webpack serve --host=0.0.0.0",
            "node server.js",
        ]));
    }

    #[test]
    fn scripts_are_known_by_what_they_run() {
        expect_test::expect![[r#"
            npm run dev
                npm run dev -- --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            npm run dev -- --open
                npm run dev -- --open --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            npm run dev -- --host 1.2.3.4 --port 1
                =
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            pnpm dev
                pnpm dev --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            yarn run dev
                yarn run dev --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            yarn vite
                yarn vite --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            bun run dev
                bun run dev --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            npm run dev:host
                npm run dev:host -- --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            npm run dev:built
                npm run dev:built -- --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            npm run dev:again
                npm run dev:again -- -- --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            npm run dev:deeper
                =
            npm run dev:loop
                =
            npm run dev --prefix web
                =
            npm start
                =
            npm run both
                =
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
                UVICORN_HOST=0.0.0.0
                UVICORN_PORT=3000
            npm run migrate && npm run dev
                npm run migrate && npm run dev -- --host 0.0.0.0 --port 3000 --strictPort
                __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS={name}
            npm run missing
                =
            cd web && npm run dev
                =
        "#]]
        .assert_eq(&lines(&[
            "npm run dev",
            "npm run dev -- --open",
            "npm run dev -- --host 1.2.3.4 --port 1",
            "pnpm dev",
            "yarn run dev",
            "yarn vite",
            "bun run dev",
            "npm run dev:host",
            "npm run dev:built",
            "npm run dev:again",
            "npm run dev:deeper",
            "npm run dev:loop",
            "npm run dev --prefix web",
            "npm start",
            "npm run both",
            "npm run migrate && npm run dev",
            "npm run missing",
            "cd web && npm run dev",
        ]));
    }

    #[test]
    fn servers_of_other_worlds() {
        expect_test::expect![[r#"
            python manage.py runserver
                python manage.py runserver 0.0.0.0:3000
            python manage.py runserver 8000 --noreload
                python manage.py runserver 0.0.0.0:8000 --noreload
            python manage.py runserver localhost:8000
                =
            python manage.py migrate && python manage.py runserver
                python manage.py migrate && python manage.py runserver 0.0.0.0:3000
            flask --app shop run --debug
                =
                FLASK_RUN_HOST=0.0.0.0
                FLASK_RUN_PORT=3000
            uv run uvicorn shop:app --reload
                =
                UVICORN_HOST=0.0.0.0
                UVICORN_PORT=3000
            gunicorn shop:app
                =
                GUNICORN_CMD_ARGS=--bind=0.0.0.0:3000
            python -m http.server
                python -m http.server 3000
            python3 -m http.server 8000
                =
            python3 -m http.server $PORT
                =
            bin/rails server -p 3000
                =
                BINDING=0.0.0.0
                RAILS_DEVELOPMENT_HOSTS={name}
            bundle exec jekyll serve
                bundle exec jekyll serve --host 0.0.0.0 --port 3000
            php -S localhost:8000 -t public
                php -S 0.0.0.0:8000 -t public
            php -S 0.0.0.0:8000
                =
            php artisan serve
                php artisan serve --host 0.0.0.0 --port 3000
            dotnet watch run
                dotnet watch run -- --urls http://0.0.0.0:3000
                ASPNETCORE_URLS=http://0.0.0.0:3000
            dotnet run -- seed
                dotnet run -- seed --urls http://0.0.0.0:3000
                ASPNETCORE_URLS=http://0.0.0.0:3000
            hugo server -D
                hugo server -D --bind 0.0.0.0 --port 3000
            mkdocs serve
                mkdocs serve --dev-addr 0.0.0.0:3000
            ./mvnw spring-boot:run
                =
                SERVER_PORT=3000
                QUARKUS_HTTP_HOST=0.0.0.0
                QUARKUS_HTTP_PORT=3000
            cargo run
                =
                ROCKET_ADDRESS=0.0.0.0
                ROCKET_PORT=3000
                LEPTOS_SITE_ADDR=0.0.0.0:3000

                =
            '
                =
        "#]]
        .assert_eq(&lines(&[
            "python manage.py runserver",
            "python manage.py runserver 8000 --noreload",
            "python manage.py runserver localhost:8000",
            "python manage.py migrate && python manage.py runserver",
            "flask --app shop run --debug",
            "uv run uvicorn shop:app --reload",
            "gunicorn shop:app",
            "python -m http.server",
            "python3 -m http.server 8000",
            "python3 -m http.server $PORT",
            "bin/rails server -p 3000",
            "bundle exec jekyll serve",
            "php -S localhost:8000 -t public",
            "php -S 0.0.0.0:8000",
            "php artisan serve",
            "dotnet watch run",
            "dotnet run -- seed",
            "hugo server -D",
            "mkdocs serve",
            "./mvnw spring-boot:run",
            "cargo run",
            "",
            "'",
        ]));
    }
}
