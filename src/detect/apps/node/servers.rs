//! What of the JavaScript world listens: programs that scripts call, and frameworks among the dependencies.

use super::super::Role;

/// A program that goes on running.
pub(super) struct Server {
    /// The words that it is called by.
    pub words: &'static [&'static str],
    /// With one of these among its words it is none.
    pub never: &'static [&'static str],
    pub role: Role,
    /// 0 = the app says it.
    pub port: u16,
}

const fn client(words: &'static [&'static str], port: u16) -> Server {
    Server { words, never: &["build", "--watch", "preview", "optimize"], role: Role::Client, port }
}

const fn server(words: &'static [&'static str], port: u16) -> Server {
    Server { words, never: &[], role: Role::Server, port }
}

const fn assets(words: &'static [&'static str]) -> Server {
    Server { words, never: &[], role: Role::Assets, port: 0 }
}

/// A program that runs what somebody wrote: only the app itself says whether it listens.
const fn runner(words: &'static [&'static str]) -> Server {
    Server { words, never: &["-e", "--eval", "-p", "--print"], role: Role::Program, port: 0 }
}

/// The first row that fits counts.
pub(super) static SERVERS: &[Server] = &[
    client(&["next", "dev"], 3000),
    client(&["next-remote-watch"], 3000),
    client(&["nuxt", "dev"], 3000),
    client(&["nuxi", "dev"], 3000),
    client(&["astro", "dev"], 4321),
    client(&["react-router", "dev"], 5173),
    client(&["remix", "vite:dev"], 5173),
    client(&["remix", "dev"], 3000),
    client(&["vinxi", "dev"], 3000),
    client(&["solid-start", "dev"], 3000),
    client(&["qwik", "dev"], 5173),
    client(&["vitepress", "dev"], 5173),
    client(&["vuepress", "dev"], 8080),
    client(&["gatsby", "develop"], 8000),
    client(&["ng", "serve"], 4200),
    client(&["ng", "s"], 4200),
    client(&["vue-cli-service", "serve"], 8080),
    client(&["react-scripts", "start"], 3000),
    client(&["react-app-rewired", "start"], 3000),
    client(&["craco", "start"], 3000),
    client(&["rsbuild", "dev"], 3000),
    client(&["rspack", "serve"], 8080),
    client(&["rspack", "dev"], 8080),
    client(&["modern", "dev"], 8080),
    client(&["umi", "dev"], 8000),
    client(&["max", "dev"], 8000),
    client(&["ice", "start"], 3000),
    client(&["farm", "start"], 9000),
    client(&["farm"], 9000),
    client(&["waku", "dev"], 3000),
    client(&["blitz", "dev"], 3000),
    client(&["docusaurus", "start"], 3000),
    client(&["eleventy", "--serve"], 8080),
    client(&["hexo", "server"], 4000),
    client(&["hexo", "s"], 4000),
    client(&["ember", "serve"], 4200),
    client(&["ember", "s"], 4200),
    client(&["quasar", "dev"], 9000),
    client(&["ionic", "serve"], 8100),
    client(&["stencil", "build", "--dev", "--watch", "--serve"], 3333),
    client(&["parcel"], 1234),
    client(&["snowpack", "dev"], 8080),
    client(&["web-dev-server"], 8000),
    client(&["wds"], 8000),
    client(&["vp", "dev"], 5173),
    client(&["vite", "dev"], 5173),
    client(&["vite", "serve"], 5173),
    client(&["vite"], 5173),
    client(&["webpack", "serve"], 8080),
    client(&["webpack-dev-server"], 8080),
    client(&["expo", "start"], 8081),
    client(&["live-server"], 8080),
    client(&["browser-sync"], 3000),
    client(&["http-server"], 8080),
    client(&["serve"], 3000),
    client(&["mintlify", "dev"], 3000),
    client(&["sanity", "dev"], 3333),
    client(&["slidev"], 3030),
    client(&["vike", "dev"], 3000),
    client(&["vike"], 3000),
    client(&["rw", "dev"], 8910),
    client(&["redwood", "dev"], 8910),
    client(&["meteor"], 3000),
    server(&["nest", "start"], 3000),
    server(&["medusa", "develop"], 9000),
    server(&["medusa", "start"], 9000),
    server(&["strapi", "develop"], 1337),
    server(&["strapi", "dev"], 1337),
    server(&["strapi", "start"], 1337),
    server(&["directus", "start"], 8055),
    server(&["keystone", "dev"], 3000),
    server(&["keystone"], 3000),
    server(&["payload", "dev"], 3000),
    server(&["node", "ace", "serve"], 3333),
    server(&["ace", "serve"], 3333),
    server(&["sails", "lift"], 1337),
    server(&["fastify", "start"], 3000),
    server(&["nitro", "dev"], 3000),
    server(&["nitropack", "dev"], 3000),
    server(&["wrangler", "dev"], 8787),
    server(&["wrangler", "pages", "dev"], 8788),
    server(&["netlify", "dev"], 8888),
    server(&["vercel", "dev"], 3000),
    server(&["sls", "offline"], 3000),
    server(&["serverless", "offline"], 3000),
    server(&["json-server"], 3000),
    server(&["encore", "run"], 4000),
    server(&["motia", "dev"], 3000),
    server(&["mastra", "dev"], 4111),
    server(&["n8n"], 5678),
    server(&["node-red"], 1880),
    server(&["probot", "run"], 3000),
    server(&["moleculer-runner"], 3000),
    assets(&["mix", "watch"]),
    assets(&["mix"]),
    assets(&["encore", "dev"]),
    assets(&["encore", "dev-server"]),
    assets(&["webpack", "--watch"]),
    assets(&["webpack", "watch"]),
    assets(&["webpack"]),
    assets(&["vite", "build"]),
    assets(&["gulp"]),
    assets(&["grunt"]),
    assets(&["tailwindcss"]),
    assets(&["postcss"]),
    assets(&["sass"]),
    assets(&["esbuild"]),
    assets(&["rollup"]),
    assets(&["tsup"]),
    assets(&["tsc"]),
    assets(&["tsdown"]),
    assets(&["unbuild"]),
    assets(&["bunchee"]),
    assets(&["ng-packagr"]),
    assets(&["swc"]),
    assets(&["babel"]),
    assets(&["parcel", "watch"]),
    runner(&["nodemon"]),
    runner(&["node"]),
    runner(&["tsx"]),
    runner(&["ts-node"]),
    runner(&["ts-node-dev"]),
    runner(&["tsnd"]),
    runner(&["ts-node-esm"]),
    runner(&["tsc-watch"]),
    runner(&["babel-node"]),
    runner(&["babel-watch"]),
    runner(&["esno"]),
    runner(&["jiti"]),
    runner(&["vite-node"]),
    runner(&["swc-node"]),
    runner(&["node-dev"]),
    runner(&["supervisor"]),
    runner(&["pm2-dev"]),
    runner(&["pm2-runtime"]),
    runner(&["bun"]),
    runner(&["deno"]),
    runner(&["coffee"]),
    runner(&["nx", "serve"]),
    runner(&["nx", "run"]),
];

/// Programs that start the scripts of other packages.
pub(super) const ORCHESTRATORS: &[&[&str]] = &[
    &["turbo"],
    &["nx", "run-many"],
    &["nx", "affected"],
    &["lerna"],
    &["rush"],
    &["rushx"],
    &["moon"],
    &["wireit"],
    &["ultra"],
    &["bazel"],
    &["lage"],
    &["mprocs"],
    &["overmind"],
    &["foreman"],
    &["hivemind"],
    &["-r"],
    &["--filter"],
    &["--recursive"],
    &["-F"],
    &["-w"],
    &["--workspace"],
    &["--workspaces"],
    &["workspace"],
    &["workspaces"],
    &["--prefix"],
    &["--cwd"],
    &["-C"],
    &["--parallel"],
];

/// A framework, by a dependency.
pub(super) struct Framework {
    pub dependency: &'static str,
    pub name: &'static str,
    /// `None` = it is no reason to take the package for an app.
    pub role: Option<Role>,
    /// 0 = the app says it.
    pub port: u16,
}

const fn framework(dependency: &'static str, name: &'static str, role: Option<Role>, port: u16) -> Framework {
    Framework { dependency, name, role, port }
}

const SHOWN: Option<Role> = Some(Role::Client);
const SERVES: Option<Role> = Some(Role::Server);

/// The most telling first.
pub(super) static FRAMEWORKS: &[Framework] = &[
    framework("@medusajs/medusa", "medusa", SERVES, 9000),
    framework("@strapi/strapi", "strapi", SERVES, 1337),
    framework("strapi", "strapi", SERVES, 1337),
    framework("@keystone-6/core", "keystone", SERVES, 3000),
    framework("directus", "directus", SERVES, 8055),
    framework("ghost", "ghost", SERVES, 2368),
    framework("@redwoodjs/core", "redwood", SHOWN, 8910),
    framework("blitz", "blitz", SHOWN, 3000),
    framework("next", "nextjs", SHOWN, 3000),
    framework("nuxt", "nuxt", SHOWN, 3000),
    framework("nuxt3", "nuxt", SHOWN, 3000),
    framework("@sveltejs/kit", "sveltekit", SHOWN, 5173),
    framework("astro", "astro", SHOWN, 4321),
    framework("@remix-run/dev", "remix", SHOWN, 3000),
    framework("@react-router/dev", "react-router", SHOWN, 5173),
    framework("@solidjs/start", "solidstart", SHOWN, 3000),
    framework("@tanstack/react-start", "tanstack-start", SHOWN, 3000),
    framework("@builder.io/qwik-city", "qwik", SHOWN, 5173),
    framework("gatsby", "gatsby", SHOWN, 8000),
    framework("@angular/core", "angular", SHOWN, 4200),
    framework("@docusaurus/core", "docusaurus", SHOWN, 3000),
    framework("@11ty/eleventy", "eleventy", SHOWN, 8080),
    framework("vitepress", "vitepress", SHOWN, 5173),
    framework("vuepress", "vuepress", SHOWN, 8080),
    framework("hexo", "hexo", SHOWN, 4000),
    framework("ember-cli", "ember", SHOWN, 4200),
    framework("@vue/cli-service", "vue-cli", SHOWN, 8080),
    framework("react-scripts", "create-react-app", SHOWN, 3000),
    framework("quasar", "quasar", SHOWN, 9000),
    framework("expo", "expo", SHOWN, 8081),
    framework("@nestjs/core", "nestjs", SERVES, 3000),
    framework("@adonisjs/core", "adonis", SERVES, 3333),
    framework("sails", "sails", SERVES, 1337),
    framework("@feathersjs/feathers", "feathers", SERVES, 3030),
    framework("@loopback/core", "loopback", SERVES, 3000),
    framework("@redwoodjs/api", "redwood-api", None, 0),
    framework("fastify", "fastify", SERVES, 3000),
    framework("express", "express", SERVES, 3000),
    framework("koa", "koa", SERVES, 3000),
    framework("hono", "hono", SERVES, 3000),
    framework("elysia", "elysia", SERVES, 3000),
    framework("@hapi/hapi", "hapi", SERVES, 3000),
    framework("restify", "restify", SERVES, 8080),
    framework("polka", "polka", SERVES, 3000),
    framework("micro", "micro", SERVES, 3000),
    framework("h3", "h3", SERVES, 3000),
    framework("@apollo/server", "apollo", SERVES, 4000),
    framework("apollo-server", "apollo", SERVES, 4000),
    framework("graphql-yoga", "graphql-yoga", SERVES, 4000),
    framework("moleculer", "moleculer", SERVES, 3000),
    framework("@trpc/server", "trpc", None, 0),
    framework("socket.io", "socket.io", SERVES, 3000),
    framework("ws", "ws", None, 0),
    framework("parse-server", "parse-server", SERVES, 1337),
    framework("discord.js", "discord.js", Some(Role::Worker), 0),
    framework("telegraf", "telegraf", Some(Role::Worker), 0),
    framework("grammy", "grammy", Some(Role::Worker), 0),
    framework("@slack/bolt", "bolt", SERVES, 3000),
    framework("bullmq", "bullmq", Some(Role::Worker), 0),
    framework("react", "react", None, 0),
    framework("vue", "vue", None, 0),
    framework("svelte", "svelte", None, 0),
    framework("solid-js", "solid", None, 0),
    framework("preact", "preact", None, 0),
    framework("vite", "vite", None, 5173),
    framework("parcel", "parcel", None, 1234),
    framework("electron", "electron", None, 0),
    framework("@tauri-apps/api", "tauri", None, 0),
    framework("prisma", "prisma", None, 0),
    framework("@prisma/client", "prisma", None, 0),
    framework("turbo", "turborepo", None, 0),
    framework("nx", "nx", None, 0),
];

impl Server {
    /// Whether a program with its words is this one.
    pub fn is(&self, words: &[String]) -> bool {
        let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
        words.len() >= self.words.len()
            && words.iter().zip(self.words).enumerate().all(|(index, (word, wanted))| match index {
                0 => name(word) == *wanted,
                _ => word == wanted,
            })
            && !words[self.words.len()..].iter().any(|word| self.never.contains(&word.as_str()))
    }
}

/// The server that a program is.
pub(super) fn of_program(words: &[String]) -> Option<&'static Server> {
    SERVERS.iter().find(|server| server.is(words))
}

/// Whether a program starts scripts elsewhere.
pub(super) fn is_orchestrator(words: &[String]) -> bool {
    let is_manager = words.first().is_some_and(|word| ["npm", "pnpm", "yarn", "bun"].contains(&word.as_str()));
    ORCHESTRATORS.iter().any(|wanted| match wanted {
        [option] if option.starts_with('-') || option.starts_with("workspace") => {
            words.iter().take(4).any(|word| word.split('=').next() == Some(option))
                && (is_manager || words[0].starts_with('-') || words[0].starts_with("workspace"))
        }
        wanted => words.len() >= wanted.len() && words.iter().zip(*wanted).all(|(word, wanted)| word == wanted),
    })
}
