//! Ways in which repos are laid out that hide how something is started.

use super::found;

#[test]
fn a_script_that_only_loads_variables_starts_what_it_is_given() {
    let package = |dev: &str| {
        format!(
            r#"{{"scripts":{{"dev":"{dev}","dev:mail":"bash mail.sh","start":"npm run with:env -- node build/main.js","with:env":"dotenv -e ../../.env --"}},"dependencies":{{"next":"15"}}}}"#
        )
    };
    for dev in ["npm run with:env -- next dev", "pnpm with:env next dev", "yarn with:env next dev"] {
        let text = found(&[("package.json", &package(dev)), ("package-lock.json", "{}")]);
        assert!(text.contains("> npm run dev :3000"), "{dev}: {text}");
    }
}

#[test]
fn a_build_that_starts_what_it_has_built_is_a_server() {
    let package = r#"{"scripts":{"dev":"tsup --watch --onSuccess \"node dist/server.js\"","start":"node dist/server.js","build":"tsup"},"dependencies":{"express":"5"}}"#;
    let text = found(&[("package.json", package), ("src/server.ts", "app.listen(3100)")]);
    assert!(text.contains("> npm run dev :3100"), "{text}");
}

#[test]
fn the_port_of_a_configuration_is_not_looked_for_in_its_imports() {
    let config = "import { x } from '@hono/vite-dev-server';\nexport default defineConfig({\n  server: { port: parseInt(process.env.PORT || '3210', 10) },\n});\n";
    let package = r#"{"scripts":{"dev":"vite"},"devDependencies":{"vite":"7"}}"#;
    let text = found(&[("package.json", package), ("vite.config.ts", config)]);
    assert!(text.contains("> npm run dev :3210"), "{text}");
}

#[test]
fn programs_that_only_its_developers_start_are_no_choice() {
    let main = "package main\n\nfunc main() { http.ListenAndServe(\":8081\", nil) }\n";
    let files = [
        ("go.mod", "module example.org/notes\n\ngo 1.24\n"),
        ("cmd/notes/main.go", main),
        ("internal/parser/tagdata/main.go", main),
        ("tools/gen/main.go", main),
    ];
    let found = crate::detect::detect(&crate::repo::Repo::of(&files));
    assert_eq!(found.apps[0].run.as_ref().unwrap().value, "go run ./cmd/notes");
    assert_eq!(found.unresolved, []);
}

#[test]
fn projects_of_one_solution_have_names_that_tell_them_apart() {
    let web = r#"<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup></Project>"#;
    let text = found(&[
        ("Shop.sln", ""),
        ("src/Basket.API/Basket.API.csproj", web),
        ("src/Catalog.API/Catalog.API.csproj", web),
        ("src/WebApp/WebApp.csproj", web),
    ]);
    for name in ["basket-api in", "catalog-api in", "webapp in"] {
        assert!(text.contains(name), "{name}: {text}");
    }
}

#[test]
fn a_program_is_started_as_its_dockerfile_does_where_nothing_else_says_how() {
    let text = found(&[
        ("requirements.txt", "grpcio\n"),
        ("mail_server.py", "import grpc\n"),
        ("Dockerfile", "FROM python:3.13\nCOPY . .\nEXPOSE 5000\nENTRYPOINT [\"python\", \"mail_server.py\"]\n"),
    ]);
    assert!(text.contains("> python mail_server.py :5000"), "{text}");
}

#[test]
fn the_documents_of_a_program_are_no_app() {
    let text = found(&[
        ("shop/manage.py", "django"),
        ("requirements.txt", "django\n"),
        ("mkdocs.yml", "site_name: Shop\n"),
        ("docs/index.md", "# Shop\n"),
    ]);
    assert!(text.contains("manage.py runserver") && !text.contains("mkdocs serve"), "{text}");
}
