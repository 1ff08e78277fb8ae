//! A repo that nobody has prepared: from its files to an answering address with `devenv up` alone, and then with the manifest that
//! `devenv init` writes, which says the same.
//!
//! Node, Python, PHP, Go, a page, and what a Dockerfile builds; the other languages are in `families.rs`.

use crate::bed::Checkout;

const NODE_PACKAGE: &str = r#"{"name": "hello", "engines": {"node": "24"}, "scripts": {"dev": "node server.js"}, "dependencies": {"ms": "2.1.3"}}"#;
const NODE_SERVER: &str = "require('http').createServer((_, to) => to.end(require('ms')(60000))).listen(3000);\n";

/// Brings it up as it is, asks it, and again with the manifest of `init`: nothing is left to do then.
#[track_caller]
pub fn lives(repo: &Checkout, app: &str, says: &str) {
    let up = repo.up();
    assert!(up.stderr.contains("there is no dev.yaml; this is what the repo says:"), "{}", up.stderr);
    assert_eq!(repo.get(app, "/").trim(), says);
    repo.run(&["init"]).expect_success();
    repo.run(&["check"]).expect_success();
    let again = repo.run(&["up", "--json"]).expect_success();
    assert_eq!(again.events("plan")[0]["steps"], 0, "the manifest says something else: {}", again.stdout);
    assert_eq!(repo.get(app, "/").trim(), says);
}

#[test]
fn a_repo_in_node_lives() {
    let repo = Checkout::empty();
    repo.write("package.json", NODE_PACKAGE);
    repo.write(
        "package-lock.json",
        r#"{"name": "hello", "lockfileVersion": 3, "requires": true, "packages": {
            "": {"name": "hello", "dependencies": {"ms": "2.1.3"}}, "node_modules/ms": {"version": "2.1.3"}}}"#,
    );
    repo.write("server.js", NODE_SERVER);
    lives(&repo, "hello", "1m");
}

/// The example says that there is a database, what it is called there, and that a key is needed.
#[test]
fn a_repo_in_python_with_its_database_lives() {
    let repo = Checkout::empty();
    repo.write("requirements.txt", "flask\npsycopg[binary]\n");
    repo.write(".env.example", "DATABASE_URL=postgresql://shop:shop@localhost:5432/shop\nSECRET_KEY=change-me\n");
    repo.write(
        "app.py",
        "import os\nimport psycopg\nfrom flask import Flask\n\napp = Flask(__name__)\napp.secret_key = os.environ[\"SECRET_KEY\"]\n\n\n@app.get(\"/\")\ndef home():\n    with psycopg.connect(os.environ[\"DATABASE_URL\"]) as db:\n        return db.execute(\"SELECT 'six times seven is ' || 6 * 7\").fetchone()[0]\n",
    );
    lives(&repo, "app", "six times seven is 42");
    assert!(!repo.read("dev.yaml").contains("change-me"), "{}", repo.read("dev.yaml"));
}

#[test]
fn a_repo_in_php_lives() {
    let repo = Checkout::empty();
    repo.write("index.php", "<?php echo 'six times seven is ' . 6 * 7;\n");
    lives(&repo, "app", "six times seven is 42");
}

#[test]
fn a_repo_in_go_lives() {
    let repo = Checkout::empty();
    repo.write("go.mod", "module example.org/hello\n\ngo 1.24\n");
    repo.write(
        "main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc main() {\n\thttp.HandleFunc(\"/\", func(to http.ResponseWriter, _ *http.Request) { fmt.Fprint(to, 6*7) })\n\tpanic(http.ListenAndServe(\":8080\", nil))\n}\n",
    );
    lives(&repo, "hello", "42");
}

#[test]
fn a_page_without_a_program_lives() {
    let repo = Checkout::empty();
    repo.write("index.html", "<h1>Hello</h1>\n");
    lives(&repo, "web", "<h1>Hello</h1>");
}

/// Names, credentials and order of a compose file stay, so that what the app was told goes on being true.
#[test]
fn a_repo_with_a_compose_file_lives() {
    let repo = Checkout::empty();
    repo.write(
        "docker-compose.yml",
        "services:\n  web:\n    build: { context: ./web, target: dev, args: { WORD: hello } }\n    ports: ['8000:80']\n    environment: { PGHOST: database, PGPASSWORD: '${PASSWORD:-hunter2}' }\n    depends_on: { database: { condition: service_healthy } }\n  database:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: '${PASSWORD:-hunter2}' }\n    volumes: [kept:/var/lib/postgresql/data]\n    healthcheck: { test: [CMD-SHELL, pg_isready] }\nvolumes: { kept: {} }\n",
    );
    repo.write(
        "web/Dockerfile",
        "FROM python:3.13 AS dev\nARG WORD=none\nENV WORD=$WORD\nCOPY serve.py /\nCMD [\"python\", \"/serve.py\"]\nFROM dev AS live\nCMD [\"false\"]\n",
    );
    // It answers once it has reached the database under the name that it was told.
    repo.write(
        "web/serve.py",
        "import http.server, os, socket\n\n\nclass Page(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        socket.create_connection((os.environ[\"PGHOST\"], 5432), 5).close()\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(f\"{os.environ['WORD']} {os.environ['PGPASSWORD']}\".encode())\n\n\nhttp.server.HTTPServer((\"\", 80), Page).serve_forever()\n",
    );
    lives(&repo, "web", "hello hunter2");
    let manifest = repo.read("dev.yaml");
    assert!(manifest.contains("database:") && manifest.contains("target: dev"), "{manifest}");
    // Where the file publishes it is where people look for it.
    assert!(manifest.contains("port: { inside: 80, outside: 8000 }"), "{manifest}");
}

/// The first installation writes a lock file; what it installed is what the lock file says.
#[test]
fn a_lock_file_that_the_first_installation_wrote_installs_nothing_again() {
    let repo = Checkout::empty();
    repo.write("package.json", NODE_PACKAGE);
    repo.write("server.js", NODE_SERVER);
    repo.up();
    assert!(repo.read("package-lock.json").contains("2.1.3"));
    let again = repo.run(&["up", "--json"]).expect_success();
    assert_eq!(again.events("plan")[0]["steps"], 0, "{}", again.stdout);
    // Somebody else's change of it counts.
    repo.write("package-lock.json", repo.read("package-lock.json") + "\n");
    let changed = repo.run(&["up", "--json"]).expect_success();
    assert!(changed.stdout.contains("\"step\":\"npm ci\""), "{}", changed.stdout);
}

/// Two members of one workspace of uv and what both use; uv itself writes its lock file, which is no change for the next time.
#[test]
fn the_apps_of_a_workspace_of_uv_live() {
    let repo = Checkout::empty();
    repo.write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"services/*\", \"libs/*\"]\n");
    let project = |name: &str, needs: &str| {
        format!(
            "[project]\nname = \"{name}\"\nversion = \"0.1.0\"\nrequires-python = \">=3.11\"\ndependencies = [{needs}]\n"
        )
    };
    for name in ["api", "web"] {
        let sources = "\n[tool.uv.sources]\nwords = { workspace = true }\n";
        repo.write(&format!("services/{name}/pyproject.toml"), project(name, "\"flask\", \"words\"") + sources);
        repo.write(
            &format!("services/{name}/app.py"),
            format!("from flask import Flask\nfrom words import hello\n\napp = Flask(__name__)\n\n\n@app.get(\"/\")\ndef home():\n    return hello(\"{name}\")\n"),
        );
    }
    let build = "\n[build-system]\nrequires = [\"uv_build\"]\nbuild-backend = \"uv_build\"\n";
    repo.write("libs/words/pyproject.toml", project("words", "") + build);
    repo.write("libs/words/src/words/__init__.py", "def hello(name):\n    return f\"hello from {name}\"\n");
    lives(&repo, "api", "hello from api");
    assert_eq!(repo.get("web", "/").trim(), "hello from web");
    assert!(repo.read("uv.lock").contains("name = \"words\""));
}

/// The worker ends with an error where its table is not there, and nothing starts it again.
#[test]
fn a_worker_starts_when_the_app_beside_it_has_made_the_tables() {
    let repo = Checkout::empty();
    repo.write("requirements.txt", "flask\npsycopg[binary]\n");
    repo.write("Procfile", "web: gunicorn app:app\nworker: python worker.py\nrelease: python init_db.py\n");
    repo.write(".env.example", "DATABASE_URL=postgresql://shop:shop@localhost:5432/shop\n");
    let with = "import os\nimport psycopg\n\n\ndef do(statement):\n    with psycopg.connect(os.environ[\"DATABASE_URL\"], autocommit=True) as db:\n        return db.execute(statement)\n";
    repo.write("db.py", with);
    repo.write(
        "init_db.py",
        "import time\nfrom db import do\n\ntime.sleep(4)\ndo(\"create table if not exists jobs (id int)\")\n",
    );
    repo.write(
        "app.py",
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get(\"/\")\ndef home():\n    return \"here\"\n",
    );
    repo.write(
        "worker.py",
        "import threading\nfrom db import do\n\ndo(\"insert into jobs values (1)\")\nthreading.Event().wait()\n",
    );
    lives(&repo, "app", "here");
    let manifest = repo.read("dev.yaml");
    assert!(manifest.contains("needs: [app]"), "{manifest}");
}
