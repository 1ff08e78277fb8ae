//! Pages with a development server of their own, and sites without any program.

use expect_test::expect;

use super::all;

#[test]
fn pages_with_their_own_server() {
    expect![[r#"
        web in .: typescript, node, npm, nextjs react
            npm install
          > npm run dev :3000

        web in .: javascript, node, npm, svelte vite
            npm install
          > npm run dev :8123

        web in .: javascript, node, npm, nuxt
            npm install
          > npm run dev :3000

        web in .: javascript, node, npm, sveltekit vite
            npm install
          > npm run dev :5173

        web in .: javascript, node, npm, astro
            npm install
          > npm run dev :4321

        web in .: javascript, node, npm, remix vite
            npm install
          > npm run dev :5173

        web in .: javascript, node, npm, gatsby
            npm install
          > npm run develop :8000

        web in .: javascript, node, npm, angular
            npm install
          > npm start :4444

        web in .: javascript, node, npm, vue-cli
            npm install
          > npm run serve :8080

        web in .: javascript, node, npm, create-react-app
            npm install
          > npm start :3000

        web in .: javascript, node, npm, docusaurus
            npm install
          > npm start :3000

        web in .: javascript, node, npm, eleventy
            npm install
          > npm start :8080

        web in .: javascript, node, npm, parcel
            npm install
          > npm start :1234

        web in .: javascript, node, npm, 
            npm install
          > npm start :3456

        web in .: javascript, node, npm, solidstart
            npm install
          > npm run dev :3000

        web in .: javascript, node, npm, expo
            npm install
          > npm start :8081

        web in .: javascript, node, npm, nextjs
            npm install
          > npm run dev :3300

    "#]].assert_eq(&all(&[
        &[("package.json", r#"{"scripts":{"dev":"next dev","build":"next build","start":"next start"},"dependencies":{"next":"14","react":"18"}}"#), ("app/page.tsx", "")],
        &[("package.json", r#"{"scripts":{"dev":"vite","build":"vite build"},"devDependencies":{"vite":"5","svelte":"4"}}"#), ("vite.config.js", "export default { server: { port: 8123, proxy: { '/api': 'http://localhost:9000' } } }")],
        &[("package.json", r#"{"scripts":{"dev":"nuxt dev"},"dependencies":{"nuxt":"3"}}"#)],
        &[("package.json", r#"{"scripts":{"dev":"vite dev"},"devDependencies":{"@sveltejs/kit":"2","vite":"5"}}"#)],
        &[("package.json", r#"{"scripts":{"dev":"astro dev","start":"astro dev"},"dependencies":{"astro":"4"}}"#)],
        &[("package.json", r#"{"scripts":{"dev":"remix vite:dev"},"devDependencies":{"@remix-run/dev":"2","vite":"5"}}"#)],
        &[("package.json", r#"{"scripts":{"develop":"gatsby develop","start":"gatsby develop"},"dependencies":{"gatsby":"5"}}"#)],
        &[("package.json", r#"{"scripts":{"ng":"ng","start":"ng serve"},"dependencies":{"@angular/core":"17"}}"#), ("angular.json", r#"{"projects":{"x":{"architect":{"serve":{"options":{"port":4444}}}}}}"#)],
        &[("package.json", r#"{"scripts":{"serve":"vue-cli-service serve"},"devDependencies":{"@vue/cli-service":"5"}}"#)],
        &[("package.json", r#"{"scripts":{"start":"react-scripts start"},"dependencies":{"react-scripts":"5"}}"#)],
        &[("package.json", r#"{"scripts":{"start":"docusaurus start"},"dependencies":{"@docusaurus/core":"3"}}"#)],
        &[("package.json", r#"{"scripts":{"start":"eleventy --serve"},"devDependencies":{"@11ty/eleventy":"3"}}"#)],
        &[("package.json", r#"{"scripts":{"start":"parcel index.html"},"devDependencies":{"parcel":"2"}}"#)],
        &[("package.json", r#"{"scripts":{"start":"webpack serve --mode development"},"devDependencies":{"webpack":"5"}}"#), ("webpack.config.js", "module.exports = { devServer: { port: 3456 } }")],
        &[("package.json", r#"{"scripts":{"dev":"vinxi dev"},"dependencies":{"@solidjs/start":"1"}}"#)],
        &[("package.json", r#"{"scripts":{"start":"expo start"},"dependencies":{"expo":"51"}}"#)],
        &[("package.json", r#"{"scripts":{"dev":"dotenv -e .env.local -- next dev --port 3300"},"dependencies":{"next":"15"}}"#)],
    ]));
}

#[test]
fn sites() {
    expect![[r#"
        web in .: html, python, -, 
          > python -m http.server 8000 :8000

        web in .: markdown, docker.io/hugomods/hugo:latest, -, hugo
          > hugo server :1313

        web in .: markdown, ghcr.io/getzola/zola:v0.19.2, -, zola
          > zola serve :1111

        web in .: python, python, -, mkdocs
            pip install mkdocs
          > mkdocs serve :8000

        web in .: ruby, ruby, -, jekyll
            gem install jekyll webrick
          > jekyll serve :4000

        app in .: ruby, ruby, bundler, jekyll
            bundle install
          > bundle exec jekyll serve :4000

        web in .: markdown, docker.io/peaceiris/mdbook:latest, -, mdbook
          > mdbook serve :3000

        dist2 in dist2: html, python, -, 
          > python -m http.server 8000 :8000

    "#]]
    .assert_eq(&all(&[
        &[("index.html", "")],
        &[("hugo.toml", "baseURL = 'x'"), ("content/x.md", "")],
        &[("config.toml", "base_url = 'x'"), ("content/x.md", "")],
        &[("mkdocs.yml", "site_name: x"), ("docs/index.md", "")],
        &[("_config.yml", "title: x"), ("index.md", "")],
        &[("Gemfile", "gem \"jekyll\"\n"), ("_config.yml", "")],
        &[("book.toml", "[book]"), ("src/SUMMARY.md", "")],
        &[("Staticfile", "root: dist2\n"), ("dist2/index.html", "")],
    ]));
}
