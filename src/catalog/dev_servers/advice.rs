//! How a person makes a server listen where others reach it, where devenv leaves its command alone.

/// Words of a command that all have to be there, and what is to be written; `{port}` is the app's port.
struct Advice {
    words: &'static [&'static str],
    text: &'static str,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The command of the app.
    Run,
    Code,
}

const fn run(words: &'static [&'static str], text: &'static str) -> Advice {
    Advice { words, text, place: Place::Run }
}

const fn code(words: &'static [&'static str], text: &'static str) -> Advice {
    Advice { words, text, place: Place::Code }
}

/// The first that fits counts: programs that are named by what they start come before the languages.
const ADVICE: &[Advice] = &[
    run(&["php", "-S"], "php -S 0.0.0.0:{port}"),
    run(&["artisan", "serve"], "php artisan serve --host=0.0.0.0"),
    run(&["manage.py", "runserver"], "runserver 0.0.0.0:{port}"),
    run(&["flask"], "flask run --host=0.0.0.0"),
    run(&["gunicorn"], "gunicorn --bind 0.0.0.0:{port}"),
    run(&["hypercorn"], "hypercorn --bind 0.0.0.0:{port}"),
    run(&["next"], "next dev -H 0.0.0.0"),
    run(&["rails"], "rails server -b 0.0.0.0"),
    run(&["puma"], "puma -b tcp://0.0.0.0:{port}"),
    run(&["rackup"], "rackup --host 0.0.0.0"),
    run(&["dotnet"], "dotnet run --urls http://0.0.0.0:{port}"),
    run(&["http.server"], "python -m http.server --bind 0.0.0.0 {port}"),
    run(&["streamlit"], "streamlit run --server.address 0.0.0.0"),
    code(&["mix"], "http: [ip: {0, 0, 0, 0}, port: {port}]  in config/dev.exs"),
    code(&["go"], "http.ListenAndServe(\":{port}\", …), with no host before the colon"),
    code(&["air"], "http.ListenAndServe(\":{port}\", …), with no host before the colon"),
    code(&["cargo"], "bind(\"0.0.0.0:{port}\")"),
    code(&["mvn"], "server.address=0.0.0.0  in application.properties"),
    code(&["mvnw"], "server.address=0.0.0.0  in application.properties"),
    code(&["gradlew"], "server.address=0.0.0.0  in application.properties"),
    code(&["gradle"], "server.address=0.0.0.0  in application.properties"),
    code(&["deno"], "hostname: \"0.0.0.0\""),
    code(&["ruby"], "set :bind, \"0.0.0.0\""),
    code(&["uvicorn.run"], "uvicorn.run(…, host=\"0.0.0.0\")"),
    code(&["node"], "listen({port}, \"0.0.0.0\")"),
    code(&["nodemon"], "listen({port}, \"0.0.0.0\")"),
    code(&["tsx"], "listen({port}, \"0.0.0.0\")"),
];

/// What to write, and where, as the end of a sentence.
pub fn way_to_listen(command: &str, port: u16) -> String {
    let words: Vec<&str> = command
        .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ';' | '&' | '|' | '(' | ')'))
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .collect();
    let has = |wanted: &&str| words.contains(wanted);
    let port = port.to_string();
    let found = ADVICE.iter().find(|advice| advice.words.iter().all(&has));
    let is_script = words.iter().any(|word| word.ends_with(".py"));
    let (text, place) = match found {
        Some(advice) => (advice.text.replace("{port}", &port), advice.place),
        None if is_script => ("host=\"0.0.0.0\" where it starts its server".to_owned(), Place::Code),
        None => ("for example --host 0.0.0.0".to_owned(), Place::Run),
    };
    match place {
        Place::Run => format!("{text}        # in `run` of dev.yaml"),
        Place::Code => format!("{text}        # in its code"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_told_in_its_own_words() {
        for (command, wanted) in [
            ("sh -c php -S localhost:8000 -t public", "php -S 0.0.0.0:8000        # in `run` of dev.yaml"),
            ("./vendor/bin/php -S 127.0.0.1:8000", "php -S 0.0.0.0:8000        # in `run` of dev.yaml"),
            ("php artisan serve", "php artisan serve --host=0.0.0.0        # in `run` of dev.yaml"),
            ("python manage.py runserver", "runserver 0.0.0.0:8000        # in `run` of dev.yaml"),
            (
                "go run ./cmd/api",
                "http.ListenAndServe(\":8000\", …), with no host before the colon        # in its code",
            ),
            ("node --watch server.js", "listen(8000, \"0.0.0.0\")        # in its code"),
            ("python server.py", "host=\"0.0.0.0\" where it starts its server        # in its code"),
            ("npm run dev", "for example --host 0.0.0.0        # in `run` of dev.yaml"),
        ] {
            assert_eq!(way_to_listen(command, 8000), wanted, "{command}");
        }
    }
}
