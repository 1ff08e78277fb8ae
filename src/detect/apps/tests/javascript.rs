//! Servers of the JavaScript world, package managers and workspaces.

use expect_test::expect;

use super::{all, found};

#[test]
fn servers() {
    expect![[r#"
        shop in .: javascript, node, npm, express
            npm ci
          > npm run dev :4000

        app in .: typescript, node, yarn, nestjs
            yarn install
          > yarn start:dev :3001

        app in .: typescript, node, npm, fastify
            npm install
            npm run build
          > npm start :8085

        app in .: typescript, node, pnpm, hono
            npm install -g pnpm@9.1.0
            pnpm install
          > pnpm dev :8787

        app in .: javascript, node, yarn, medusa
            npm install -g @yarnpkg/cli-dist@4
            yarn install
          > yarn dev :9000

        app in .: javascript, node@22, npm, strapi
            npm install
          > npm run develop :1337

        app in .: javascript, node, npm, adonis
            npm install
          > npm run dev :3333

        app in .: javascript, node, npm, koa
            npm install
          > node server.js :5050

        app in .: typescript, bun, bun, 
            bun install
          > bun index.ts

        app in .: typescript, bun, bun, elysia
            bun install
          > bun run dev :3000

        app in .: javascript, node, npm, express
            npm install
          > npm run dev :3005

        app in .: javascript, node, npm, discord.js
            npm install
          > npm start

    "#]].assert_eq(&all(&[
        &[("package.json", r#"{"name":"shop","scripts":{"dev":"nodemon src/index.js","start":"node src/index.js"},"dependencies":{"express":"^4"}}"#), ("src/index.js", "const PORT = process.env.PORT || 4000;\napp.listen(PORT)"), ("package-lock.json", "{}")],
        &[("package.json", r#"{"scripts":{"start:dev":"nest start --watch","start":"nest start"},"dependencies":{"@nestjs/core":"^10"},"devDependencies":{"typescript":"5"}}"#), ("yarn.lock", "# yarn lockfile v1"), ("src/main.ts", "await app.listen(3001);")],
        &[("package.json", r#"{"scripts":{"start":"node dist/main.js","build":"tsc"},"dependencies":{"fastify":"4"}}"#), ("tsconfig.json", "{}"), ("src/main.ts", "app.listen({ port: 8085 })")],
        &[("package.json", r#"{"type":"module","packageManager":"pnpm@9.1.0+sha512.x","scripts":{"dev":"tsx watch src/server.ts"},"dependencies":{"hono":"4"}}"#), ("src/server.ts", "serve({ fetch, port: 8787 })")],
        &[("package.json", r#"{"scripts":{"dev":"medusa develop"},"dependencies":{"@medusajs/medusa":"2"}}"#), (".yarnrc.yml", "nodeLinker: node-modules"), ("yarn.lock", "__metadata:\n  version: 8")],
        &[("package.json", r#"{"scripts":{"develop":"strapi develop"},"dependencies":{"@strapi/strapi":"5"},"engines":{"node":">=18.0.0 <=22.x.x"}}"#)],
        &[("package.json", r#"{"scripts":{"dev":"node ace serve --hmr"},"dependencies":{"@adonisjs/core":"6"}}"#), (".env.example", "PORT=3333\nHOST=localhost")],
        &[("package.json", r#"{"main":"server.js","dependencies":{"koa":"2"}}"#), ("server.js", "app.listen(5050)")],
        &[("package.json", r#"{"module":"index.ts","type":"module"}"#), ("index.ts", "console.log(1)"), ("bun.lockb", "x")],
        &[("package.json", r#"{"scripts":{"dev":"bun run --hot src/index.ts"},"dependencies":{"elysia":"1"}}"#), ("bun.lock", "{}"), ("src/index.ts", "new Elysia().listen(3000)")],
        &[("package.json", r#"{"scripts":{"dev":"concurrently \"npm:dev:*\"","dev:api":"node server.js","dev:css":"tailwindcss --watch"},"dependencies":{"express":"4"}}"#), ("server.js", "listen(3005)")],
        &[("package.json", r#"{"scripts":{"start":"node bot.js"},"dependencies":{"discord.js":"14"}}"#), ("bot.js", "client.login()")],
    ]));
}

#[test]
fn the_package_manager_is_the_one_that_the_repo_names_first() {
    let manager = |files: &[(&str, &str)]| found(files).split(", ").nth(2).map(str::to_owned).unwrap_or_default();
    let start = ("index.js", "");
    for (files, name) in [
        (vec![("package.json", r#"{"packageManager":"yarn@4.1.0"}"#), ("package-lock.json", "{}")], "yarn"),
        (vec![("package.json", r#"{"devEngines":{"packageManager":{"name":"pnpm","version":"9"}}}"#)], "pnpm"),
        (vec![("package.json", "{}"), ("pnpm-lock.yaml", "lockfileVersion: '6.0'")], "pnpm"),
        (vec![("package.json", "{}"), ("bun.lock", "")], "bun"),
        (vec![("package.json", r#"{"scripts":{"preinstall":"npx only-allow pnpm"}}"#)], "pnpm"),
        (vec![("package.json", r#"{"volta":{"node":"20.1.0","yarn":"1.22.0"}}"#)], "yarn"),
        (vec![("package.json", "{}"), ("Dockerfile", "FROM node:20\nRUN yarn install")], "yarn"),
        (vec![("package.json", "{}")], "npm"),
    ] {
        let files: Vec<(&str, &str)> = files.into_iter().chain([start]).collect();
        assert_eq!(manager(&files), name, "{files:?}");
    }
}

#[test]
fn workspaces() {
    expect![[r#"
        a workspace
        api in apps/api: typescript, node@24, pnpm, fastify
            npm install -g pnpm@10
            pnpm install
            pnpm exec turbo run build --filter=api^...
          > pnpm dev :4001
        docs in apps/docs: javascript, node@24, pnpm, astro
            npm install -g pnpm@10
            pnpm install
            pnpm exec turbo run build --filter=docs^...
          > pnpm dev :4321
        web in apps/web: typescript, node@24, pnpm, nextjs
            npm install -g pnpm@10
            pnpm install
            pnpm exec turbo run build --filter=web^...
          > pnpm dev :3005

        a workspace
        server in server: javascript, node, yarn, express
            yarn install
          > yarn dev :5000
        client in client: javascript, node, yarn, create-react-app
            yarn install
          > yarn start :3000

        a workspace
        api in apps/api: javascript, node, npm, fastify
            npm ci --prefix ../..
          > npm start :4000
        web in web: javascript, node, npm, create-react-app
            npm ci --prefix ..
          > npm start :3000

        several
        api in .: typescript, node, npm, nestjs
            npm install
          > npx nx serve api :3333
        web in .: typescript, node, npm, 
            npm install
          > npx nx serve web :4300

    "#]].assert_eq(&all(&[
        &[
            ("package.json", r#"{"private":true,"scripts":{"dev":"turbo run dev"},"engines":{"node":">=20"},"devDependencies":{"turbo":"2"}}"#),
            ("pnpm-workspace.yaml", "packages:\n  - apps/*\n  - packages/*\n"),
            ("pnpm-lock.yaml", "lockfileVersion: '9.0'"),
            ("turbo.json", r#"{"tasks":{"dev":{"dependsOn":["^build"],"persistent":true}}}"#),
            ("apps/web/package.json", r#"{"name":"web","scripts":{"dev":"next dev -p 3005"},"dependencies":{"next":"15"},"devDependencies":{"typescript":"5"}}"#),
            ("apps/docs/package.json", r#"{"name":"docs","scripts":{"dev":"astro dev"},"dependencies":{"astro":"5"}}"#),
            ("apps/api/package.json", r#"{"name":"api","scripts":{"dev":"tsx watch src/index.ts"},"dependencies":{"fastify":"5"}}"#),
            ("apps/api/src/index.ts", "app.listen({ port: 4001 })"),
            ("packages/ui/package.json", r#"{"name":"@x/ui","scripts":{"dev":"tsup --watch"},"exports":{}}"#),
        ],
        &[
            ("package.json", r#"{"workspaces":["client","server"]}"#),
            ("yarn.lock", ""),
            ("client/package.json", r#"{"scripts":{"start":"react-scripts start"},"dependencies":{"react-scripts":"5"}}"#),
            ("server/package.json", r#"{"scripts":{"dev":"nodemon index.js"},"dependencies":{"express":"4"}}"#),
            ("server/index.js", "app.listen(process.env.PORT || 5000)"),
        ],
        &[
            ("package.json", r#"{"workspaces":["apps/*","web"]}"#),
            ("package-lock.json", "{}"),
            ("apps/api/package.json", r#"{"scripts":{"start":"node index.js"},"dependencies":{"fastify":"5"}}"#),
            ("apps/api/index.js", "app.listen({ port: process.env.PORT || 4000 })"),
            ("web/package.json", r#"{"scripts":{"start":"react-scripts start"},"dependencies":{"react-scripts":"5"}}"#),
        ],
        &[
            ("package.json", r#"{"scripts":{"dev":"nx run-many -t serve"},"devDependencies":{"nx":"20","typescript":"5"},"dependencies":{"@nestjs/core":"10"}}"#),
            ("nx.json", "{}"),
            ("apps/api/project.json", r#"{"name":"api","projectType":"application","sourceRoot":"apps/api/src","targets":{"serve":{"executor":"@nx/js:node"}}}"#),
            ("apps/api/src/main.ts", "const port = process.env.PORT || 3333;"),
            ("apps/web/project.json", r#"{"name":"web","projectType":"application","targets":{"serve":{"executor":"@nx/vite:dev-server","options":{"port":4300}}}}"#),
            ("libs/shared/project.json", r#"{"name":"shared","projectType":"library","targets":{}}"#),
        ],
    ]));
}
