//! The development servers that are known, and what each wants to be told.

/// One server.
pub(super) struct Server {
    /// The words that it is called by.
    pub start: &'static [&'static str],
    /// The next word has to be one of these; empty = any.
    pub verbs: &'static [&'static str],
    /// With one of these as the next word it is no server.
    pub never: &'static [&'static str],
    pub adds: &'static [Add],
    /// `{port}` is the app's port, `{name}` its name.
    pub env: &'static [(&'static str, &'static str)],
    pub address: Address,
}

/// Options to append.
pub(super) struct Add {
    pub text: &'static str,
    /// Options with which the command says it itself.
    pub unless: &'static [&'static str],
}

/// Addresses that are no option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    None,
    /// `runserver [[HOST:]PORT]`.
    Django,
    /// `php -S HOST:PORT`.
    Php,
    /// A bare number among the words is the port.
    BarePort,
}

const fn add(text: &'static str, unless: &'static [&'static str]) -> Add {
    Add { text, unless }
}

const PLAIN: Server = Server { start: &[], verbs: &[], never: &[], adds: &[], env: &[], address: Address::None };

const HOST: Add = add("--host 0.0.0.0", &["--host"]);
const PORT: Add = add("--port {port}", &["--port"]);
const HOST_AND_PORT: &[Add] = &[HOST, PORT];
/// With the short form of the port, `-p`.
const HOST_AND_P: &[Add] = &[add("--host 0.0.0.0", &["--host", "-h"]), add("--port {port}", &["--port", "-p"])];
/// A taken port would otherwise be replaced without a word, and nobody would find the server.
const VITE: &[Add] = &[HOST, add("--port {port} --strictPort", &["--port"])];
/// Vite answers other names than `localhost` only when it is told them; other apps come by this one.
const VITE_NAMES: &[(&str, &str)] = &[("__VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS", "{name}")];
const RAILS: &[(&str, &str)] = &[("BINDING", "0.0.0.0"), ("RAILS_DEVELOPMENT_HOSTS", "{name}")];
const SPRING: &[(&str, &str)] =
    &[("SERVER_PORT", "{port}"), ("QUARKUS_HTTP_HOST", "0.0.0.0"), ("QUARKUS_HTTP_PORT", "{port}")];
const ASPNET: Server = Server {
    // On the command line, because `launchSettings.json` outweighs the variable.
    adds: &[add("-- --urls http://0.0.0.0:{port}", &["--urls"])],
    env: &[("ASPNETCORE_URLS", "http://0.0.0.0:{port}")],
    ..PLAIN
};

/// Servers that already listen everywhere and heed `PORT` (Next, Create React App, Vue CLI, Nest, Puma, …) need no row.
pub(super) static TABLE: &[Server] = &[
    // JavaScript.
    Server { start: &["vite"], never: &["build", "optimize"], adds: VITE, env: VITE_NAMES, ..PLAIN },
    Server { start: &["astro"], verbs: &["dev", "preview"], adds: HOST_AND_PORT, env: VITE_NAMES, ..PLAIN },
    Server { start: &["react-router", "dev"], adds: HOST_AND_PORT, env: VITE_NAMES, ..PLAIN },
    Server { start: &["remix", "vite:dev"], adds: HOST_AND_PORT, env: VITE_NAMES, ..PLAIN },
    Server { start: &["vinxi"], verbs: &["dev", "start"], adds: HOST_AND_PORT, env: VITE_NAMES, ..PLAIN },
    Server { start: &["vitepress"], verbs: &["dev", "serve", "preview"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["ng"], verbs: &["serve", "s", "dev"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["nuxt"], verbs: &["dev"], env: &[("NUXT_HOST", "0.0.0.0"), ("NUXT_PORT", "{port}")], ..PLAIN },
    Server { start: &["nuxi"], verbs: &["dev"], env: &[("NUXT_HOST", "0.0.0.0"), ("NUXT_PORT", "{port}")], ..PLAIN },
    Server { start: &["webpack"], verbs: &["serve", "s"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["webpack-dev-server"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["rspack"], verbs: &["serve", "s", "dev"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["rsbuild"], verbs: &["dev", "preview"], adds: HOST_AND_PORT, ..PLAIN },
    Server {
        start: &["gatsby", "develop"],
        adds: &[add("--host 0.0.0.0", &["--host", "-H"]), add("--port {port}", &["--port", "-p"])],
        ..PLAIN
    },
    Server {
        start: &["storybook", "dev"],
        adds: &[
            add("--host 0.0.0.0", &["--host", "-h"]),
            add("--port {port}", &["--port", "-p"]),
            // There is no browser to open inside.
            add("--ci", &["--ci", "--no-open"]),
        ],
        ..PLAIN
    },
    Server { start: &["docusaurus", "start"], adds: HOST_AND_P, ..PLAIN },
    Server { start: &["vuepress", "dev"], adds: HOST_AND_P, ..PLAIN },
    Server {
        start: &["quasar", "dev"],
        adds: &[add("--hostname 0.0.0.0", &["--hostname", "-H"]), add("--port {port}", &["--port", "-p"])],
        ..PLAIN
    },
    Server { start: &["wrangler", "dev"], adds: &[add("--ip 0.0.0.0", &["--ip"]), PORT], ..PLAIN },
    Server { start: &["json-server"], adds: HOST_AND_P, ..PLAIN },
    Server {
        start: &["live-server"],
        adds: &[add("--host=0.0.0.0", &["--host"]), add("--port={port}", &["--port"])],
        ..PLAIN
    },
    Server { start: &["deno"], env: &[("DENO_SERVE_ADDRESS", "tcp:0.0.0.0:{port}")], ..PLAIN },
    // Python.
    Server { start: &["manage.py"], verbs: &["runserver", "runserver_plus"], address: Address::Django, ..PLAIN },
    Server { start: &["django-admin"], verbs: &["runserver"], address: Address::Django, ..PLAIN },
    Server { start: &["flask"], env: &[("FLASK_RUN_HOST", "0.0.0.0"), ("FLASK_RUN_PORT", "{port}")], ..PLAIN },
    Server { start: &["uvicorn"], env: &[("UVICORN_HOST", "0.0.0.0"), ("UVICORN_PORT", "{port}")], ..PLAIN },
    Server { start: &["gunicorn"], env: &[("GUNICORN_CMD_ARGS", "--bind=0.0.0.0:{port}")], ..PLAIN },
    Server { start: &["granian"], env: &[("GRANIAN_HOST", "0.0.0.0"), ("GRANIAN_PORT", "{port}")], ..PLAIN },
    Server { start: &["litestar"], env: &[("LITESTAR_HOST", "0.0.0.0"), ("LITESTAR_PORT", "{port}")], ..PLAIN },
    Server { start: &["fastapi"], verbs: &["dev", "run"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["hypercorn"], adds: &[add("--bind 0.0.0.0:{port}", &["--bind", "-b"])], ..PLAIN },
    Server {
        start: &["daphne"],
        adds: &[add("--bind 0.0.0.0", &["--bind", "-b"]), add("--port {port}", &["--port", "-p"])],
        ..PLAIN
    },
    Server {
        start: &["sanic"],
        adds: &[add("--host=0.0.0.0", &["--host", "-H"]), add("--port={port}", &["--port", "-p"])],
        ..PLAIN
    },
    Server { start: &["quart", "run"], adds: HOST_AND_P, ..PLAIN },
    Server {
        start: &["streamlit", "run"],
        env: &[("STREAMLIT_SERVER_PORT", "{port}"), ("STREAMLIT_SERVER_HEADLESS", "true")],
        ..PLAIN
    },
    Server { start: &["gradio"], env: &[("GRADIO_SERVER_NAME", "0.0.0.0"), ("GRADIO_SERVER_PORT", "{port}")], ..PLAIN },
    Server {
        start: &["jupyter"],
        verbs: &["lab", "notebook", "server"],
        adds: &[
            add("--ip=0.0.0.0", &["--ip"]),
            add("--port={port}", &["--port"]),
            add("--no-browser", &["--no-browser"]),
        ],
        ..PLAIN
    },
    Server { start: &["mkdocs", "serve"], adds: &[add("--dev-addr 0.0.0.0:{port}", &["--dev-addr", "-a"])], ..PLAIN },
    Server { start: &["sphinx-autobuild"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["http.server"], address: Address::BarePort, ..PLAIN },
    // Ruby.
    Server { start: &["rails"], verbs: &["s", "server"], env: RAILS, ..PLAIN },
    Server { start: &["dev"], env: RAILS, ..PLAIN },
    Server { start: &["foreman", "start"], env: RAILS, ..PLAIN },
    Server { start: &["overmind"], verbs: &["start", "s"], env: RAILS, ..PLAIN },
    Server {
        start: &["rackup"],
        adds: &[add("--host 0.0.0.0", &["--host", "-o"]), add("--port {port}", &["--port", "-p"])],
        ..PLAIN
    },
    Server {
        start: &["jekyll"],
        verbs: &["serve", "server", "s"],
        adds: &[add("--host 0.0.0.0", &["--host", "-H"]), add("--port {port}", &["--port", "-P"])],
        ..PLAIN
    },
    // PHP.
    Server { start: &["php"], verbs: &["-S"], address: Address::Php, ..PLAIN },
    Server { start: &["php", "artisan", "serve"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["artisan", "serve"], adds: HOST_AND_PORT, ..PLAIN },
    Server { start: &["php", "spark", "serve"], adds: HOST_AND_PORT, ..PLAIN },
    Server {
        start: &["symfony"],
        verbs: &["serve", "server:start", "local:server:start"],
        adds: &[add("--allow-all-ip", &["--allow-all-ip", "--listen-ip"]), PORT],
        ..PLAIN
    },
    // Others.
    Server { start: &["dotnet", "run"], ..ASPNET },
    Server { start: &["dotnet", "watch"], never: &["test", "build"], ..ASPNET },
    Server {
        start: &["hugo"],
        verbs: &["server", "serve"],
        adds: &[add("--bind 0.0.0.0", &["--bind"]), add("--port {port}", &["--port", "-p"])],
        ..PLAIN
    },
    Server {
        start: &["cargo", "run"],
        env: &[("ROCKET_ADDRESS", "0.0.0.0"), ("ROCKET_PORT", "{port}"), ("LEPTOS_SITE_ADDR", "0.0.0.0:{port}")],
        ..PLAIN
    },
    Server { start: &["cargo", "leptos"], env: &[("LEPTOS_SITE_ADDR", "0.0.0.0:{port}")], ..PLAIN },
    Server { start: &["trunk", "serve"], adds: &[add("--address 0.0.0.0", &["--address", "-a"]), PORT], ..PLAIN },
    Server { start: &["dx", "serve"], adds: &[add("--addr 0.0.0.0", &["--addr"]), PORT], ..PLAIN },
    Server { start: &["mvn"], env: SPRING, ..PLAIN },
    Server { start: &["mvnw"], env: SPRING, ..PLAIN },
    Server { start: &["gradle"], env: SPRING, ..PLAIN },
    Server { start: &["gradlew"], env: SPRING, ..PLAIN },
    Server { start: &["java"], env: SPRING, ..PLAIN },
];
