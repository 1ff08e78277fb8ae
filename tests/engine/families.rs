//! A repo that nobody has prepared, in the languages beside those of `unprepared.rs`: from its files to an answering address with
//! `devenv up` alone, and then with the manifest that `devenv init` writes.
//!
//! Those whose toolchain is large are tried with the second tier of the test bed only:
//! `tests/bed/up.sh --all && tests/run --run-ignored all -E 'test(families::)'`. docs/detection.md says of every language how far it was
//! brought.

use crate::bed::{Checkout, docker};
use crate::unprepared::lives;

/// What is not published with the language is made once: Composer, the extensions that the repo asks for, and the driver of the
/// database that it turns out to use.
#[test]
fn a_repo_in_php_with_extensions_and_its_database_lives() {
    let _none_is_left = NoneMade::of("php");
    let repo = Checkout::empty();
    shop_in_php(&repo);
    lives(&repo, "shop", "6.170");
    assert!(repo.read("dev.yaml").contains("with: [composer, bcmath, intl, pdo_pgsql]"), "{}", repo.read("dev.yaml"));

    // Another checkout finds it made.
    let other = Checkout::empty();
    shop_in_php(&other);
    let up = other.up();
    assert!(!up.stderr.contains("building") && !up.stderr.contains("downloading PHP"), "{}", up.stderr);
    assert_eq!(other.get("shop", "/").trim(), "6.170");
}

/// Toolchains that are made are for the whole computer: none is there from before, and none stays.
struct NoneMade(&'static str);

impl NoneMade {
    fn of(language: &'static str) -> Self {
        let none = Self(language);
        none.remove();
        none
    }

    fn remove(&self) {
        let made =
            docker(&["images", "--format", "{{.Repository}}:{{.Tag}}", &format!("localhost/devenv-with-{}", self.0)]);
        made.lines().for_each(|name| drop(docker(&["rmi", "--force", name])));
    }
}

impl Drop for NoneMade {
    fn drop(&mut self) {
        self.remove();
    }
}

fn shop_in_php(repo: &Checkout) {
    repo.write(
        "composer.json",
        r#"{"name": "acme/shop", "require": {"php": "^8.4", "ext-intl": "*", "ext-json": "*"}, "require-dev": {"ext-bcmath": "*"},
            "autoload": {"psr-4": {"Shop\\": "src/"}}}"#,
    );
    repo.write(".env.example", "DATABASE_URL=postgresql://shop:shop@localhost:5432/shop\n");
    repo.write(
        "src/Price.php",
        "<?php\nnamespace Shop;\n\nclass Price\n{\n    public static function of(string $amount): string\n    {\n        return (new \\NumberFormatter('de_DE', \\NumberFormatter::DECIMAL))->format($amount);\n    }\n}\n",
    );
    repo.write(
        "public/index.php",
        "<?php\nrequire __DIR__ . '/../vendor/autoload.php';\n$url = parse_url(getenv('DATABASE_URL'));\n$place = \"host={$url['host']};port={$url['port']};dbname=\" . ltrim($url['path'], '/');\n$db = new PDO(\"pgsql:$place\", $url['user'], $url['pass']);\necho Shop\\Price::of($db->query('select 1234 * 5')->fetchColumn());\n",
    );
}

/// Gems cannot be fetched where these tests run: the toolchain of the test bed has those that are named here, and Bundler writes
/// its lock file there.
#[test]
fn a_repo_in_ruby_lives() {
    let repo = Checkout::empty();
    let gemfile = "source \"https://rubygems.org\"\n\ngem \"rack\"\ngem \"rackup\"\ngem \"webrick\"\n";
    repo.write("Gemfile", gemfile);
    let lock = format!("cd /tmp && printf '%s' '{gemfile}' > Gemfile && bundle lock --local >&2 && cat Gemfile.lock");
    repo.write("Gemfile.lock", docker(&["run", "--rm", &bed_image("library/ruby:3"), "sh", "-c", &lock]));
    repo.write("config.ru", "run ->(_) { [200, { \"content-type\" => \"text/plain\" }, [(6 * 7).to_s]] }\n");
    lives(&repo, "app", "42");
}

#[test]
fn a_repo_in_elixir_lives() {
    let repo = Checkout::empty();
    repo.write(
        "mix.exs",
        "defmodule Hello.MixProject do\n  use Mix.Project\n\n  def project, do: [app: :hello, version: \"0.1.0\", elixir: \"~> 1.14\"]\n  def application, do: [mod: {Hello, []}]\nend\n",
    );
    repo.write(
        "lib/hello.ex",
        "defmodule Hello do\n  use Application\n\n  def start(_type, _arguments) do\n    {:ok, listener} = :gen_tcp.listen(4000, [:binary, active: false, reuseaddr: true])\n    {:ok, spawn_link(fn -> serve(listener) end)}\n  end\n\n  defp serve(listener) do\n    {:ok, socket} = :gen_tcp.accept(listener)\n    with {:ok, _} <- :gen_tcp.recv(socket, 0),\n         do: :gen_tcp.send(socket, \"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n#{6 * 7}\")\n    :gen_tcp.close(socket)\n    serve(listener)\n  end\nend\n",
    );
    lives(&repo, "app", "42");
}

#[test]
fn a_repo_for_deno_lives() {
    let repo = Checkout::empty();
    repo.write("deno.json", r#"{"tasks": {"dev": "deno run --allow-net main.ts"}}"#);
    repo.write("main.ts", "Deno.serve({ port: 8000 }, () => new Response(String(6 * 7)));\n");
    lives(&repo, "app", "42");
}

#[test]
fn a_repo_for_bun_lives() {
    let repo = Checkout::empty();
    repo.write(
        "package.json",
        r#"{"name": "hello", "scripts": {"dev": "bun run server.ts"}, "dependencies": {"ms": "2.1.3"}}"#,
    );
    repo.write("bunfig.toml", "[install]\nsaveTextLockfile = true\n");
    repo.write(
        "server.ts",
        "import ms from \"ms\";\n\nBun.serve({ port: 3000, fetch: () => new Response(ms(60000)) });\n",
    );
    repo.write(
        "bun.lock",
        "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": { \"\": { \"name\": \"hello\", \"dependencies\": { \"ms\": \"2.1.3\" } } },\n  \"packages\": {\n    \"ms\": [\"ms@2.1.3\", \"\", {}, \"sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==\"]\n  }\n}\n",
    );
    lives(&repo, "hello", "1m");
}

#[test]
#[ignore = "its toolchain is in the second tier of the test bed: tests/bed/up.sh --all"]
fn a_repo_in_rust_lives() {
    let repo = Checkout::empty();
    repo.write(
        "Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\ntiny_http = \"0.12\"\n",
    );
    repo.write(
        "src/main.rs",
        "fn main() {\n    let server = tiny_http::Server::http(\"0.0.0.0:8000\").unwrap();\n    for request in server.incoming_requests() {\n        request.respond(tiny_http::Response::from_string((6 * 7).to_string())).unwrap();\n    }\n}\n",
    );
    lives(&repo, "hello", "42");
}

/// Without a wrapper of its own the repo gets the toolchain that brings Maven along.
#[test]
#[ignore = "its toolchain is in the second tier of the test bed: tests/bed/up.sh --all"]
fn a_repo_in_java_lives() {
    let repo = Checkout::empty();
    repo.write(
        "pom.xml",
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>org.example</groupId>\n  <artifactId>hello</artifactId>\n  <version>1.0.0</version>\n  <properties>\n    <maven.compiler.release>21</maven.compiler.release>\n    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>\n  </properties>\n  <build>\n    <plugins>\n      <plugin>\n        <groupId>org.codehaus.mojo</groupId>\n        <artifactId>exec-maven-plugin</artifactId>\n        <version>3.1.0</version>\n        <configuration><mainClass>hello.Main</mainClass></configuration>\n      </plugin>\n    </plugins>\n  </build>\n</project>\n",
    );
    repo.write(
        "src/main/java/hello/Main.java",
        "package hello;\n\nimport com.sun.net.httpserver.HttpServer;\nimport java.net.InetSocketAddress;\n\npublic class Main {\n    public static void main(String[] arguments) throws Exception {\n        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);\n        server.createContext(\"/\", exchange -> {\n            byte[] text = String.valueOf(6 * 7).getBytes();\n            exchange.sendResponseHeaders(200, text.length);\n            exchange.getResponseBody().write(text);\n            exchange.close();\n        });\n        server.start();\n    }\n}\n",
    );
    lives(&repo, "app", "42");
    assert!(repo.read("dev.yaml").contains("with: [maven]"), "{}", repo.read("dev.yaml"));
}

/// Tools that the catalog does not have see the repo and keep what they fetch, as all others do.
#[test]
#[ignore = "its toolchain is in the second tier of the test bed: tests/bed/up.sh --all"]
fn a_repo_in_crystal_lives() {
    let repo = Checkout::empty();
    repo.write("shard.yml", "name: hello\nversion: 0.1.0\ntargets:\n  hello:\n    main: src/hello.cr\n");
    repo.write(
        "src/hello.cr",
        "require \"http/server\"\n\nserver = HTTP::Server.new { |context| context.response.print 6 * 7 }\nserver.bind_tcp \"0.0.0.0\", 3000\nserver.listen\n",
    );
    lives(&repo, "app", "42");
}

/// Packages of the system are put into whatever tools the app has.
#[test]
fn tools_of_ones_own_get_packages() {
    let _none_is_left = NoneMade::of("python");
    let repo = Checkout::new(
        "apps:\n  web:\n    runtime: { image: python:3.13, packages: [unzip] }\n    run: unzip -v > version && python -m http.server $PORT\n    port: 8000\n",
    );
    repo.up();
    assert!(repo.get("web", "/version").starts_with("UnZip "));
}

fn bed_image(name: &str) -> String {
    format!("{}/{name}", std::env::var("DEVENV_MIRROR").unwrap())
}
