//! Languages whose toolchain the test bed does not have: what is understood of a repo, the manifest that is written of it, which is
//! fine, and the plan that follows. docs/detection.md says which languages are brought to an answering address.

use std::fmt::Write;

use devenv::plan::observed::Observed;
use expect_test::expect_file;

use crate::samples::{project, up};
use crate::support::Folder;

type Files = &'static [(&'static str, &'static str)];

/// The smallest repo of each that somebody would write.
const REPOS: &[(&str, Files)] = &[
    (
        "C#, ASP.NET Core",
        &[
            (
                "Shop.csproj",
                "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup></Project>",
            ),
            (
                "Program.cs",
                "var app = WebApplication.CreateBuilder(args).Build();\napp.MapGet(\"/\", () => 42);\napp.Run();\n",
            ),
        ],
    ),
    (
        "Kotlin, Ktor, Gradle without a wrapper",
        &[
            (
                "build.gradle.kts",
                "plugins {\n    kotlin(\"jvm\") version \"2.2.0\"\n    application\n}\nkotlin { jvmToolchain(21) }\napplication { mainClass = \"MainKt\" }\ndependencies { implementation(\"io.ktor:ktor-server-netty:3.2.0\") }\n",
            ),
            ("settings.gradle.kts", "rootProject.name = \"shop\"\n"),
            (
                "src/main/kotlin/Main.kt",
                "fun main() {\n    embeddedServer(Netty, port = 8080) {}.start(wait = true)\n}\n",
            ),
        ],
    ),
    (
        "Java, Spring Boot, Maven with a wrapper",
        &[
            (
                "pom.xml",
                "<project><artifactId>shop</artifactId><properties><java.version>21</java.version></properties><dependencies><dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency></dependencies><build><plugins><plugin><groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>",
            ),
            ("mvnw", "#!/bin/sh\n"),
            (
                "src/main/java/Shop.java",
                "@SpringBootApplication class Shop { public static void main(String[] a) { SpringApplication.run(Shop.class, a); } }\n",
            ),
        ],
    ),
    (
        "Scala, http4s, sbt",
        &[
            (
                "build.sbt",
                "scalaVersion := \"3.7.1\"\nlibraryDependencies += \"org.http4s\" %% \"http4s-ember-server\" % \"0.23.30\"\n",
            ),
            ("project/build.properties", "sbt.version=1.11.7\n"),
            ("src/main/scala/Main.scala", "object Main extends IOApp.Simple { val run = server(port = 8080) }\n"),
        ],
    ),
    ("Scala, Mill", &[("build.mill", "object shop extends ScalaModule { def scalaVersion = \"3.7.1\" }\n")]),
    (
        "Clojure, Leiningen",
        &[
            (
                "project.clj",
                "(defproject shop \"0.1.0\" :dependencies [[ring/ring-core \"1.14.0\"]] :main shop.core)\n",
            ),
            ("src/shop/core.clj", "(run-jetty app {:port 3000})\n"),
        ],
    ),
    (
        "Haskell, Scotty, Stack",
        &[
            ("stack.yaml", "resolver: lts-23.0\n"),
            ("package.yaml", "name: shop\ndependencies: [base, scotty]\n"),
            ("app/Main.hs", "main = scotty 3000 $ get \"/\" $ text \"42\"\n"),
        ],
    ),
    (
        "Swift, Vapor",
        &[(
            "Package.swift",
            "// swift-tools-version:6.0\n.package(url: \"https://github.com/vapor/vapor.git\", from: \"4.110.0\")\n",
        )],
    ),
    (
        "Dart, Shelf",
        &[
            ("pubspec.yaml", "name: shop\nenvironment: { sdk: ^3.8.0 }\ndependencies: { shelf: ^1.4.2 }\n"),
            ("bin/shop.dart", "void main() => serve(handler, 'localhost', 8080);\n"),
        ],
    ),
    (
        "C++, CMake",
        &[
            ("CMakeLists.txt", "project(shop)\nadd_executable(shop main.cpp)\n"),
            ("main.cpp", "int main() { return 0; }\n"),
        ],
    ),
    ("Zig", &[("build.zig", "const std = @import(\"std\");\n"), ("src/main.zig", "pub fn main() void {}\n")]),
    (
        "Nim, Jester",
        &[("shop.nimble", "bin = @[\"shop\"]\nrequires \"jester >= 0.6.0\"\n"), ("src/shop.nim", "import jester\n")],
    ),
    (
        "OCaml, Dream",
        &[
            ("dune-project", "(lang dune 3.17)\n(package (name shop) (depends dream))\n"),
            ("shop.ml", "let () = Dream.run (fun _ -> Dream.html \"42\")\n"),
        ],
    ),
    (
        "Erlang, Cowboy",
        &[("rebar.config", "{deps, [cowboy]}.\n{shell, [{apps, [shop]}]}.\n"), ("src/shop.erl", "-module(shop).\n")],
    ),
    (
        "Perl, Mojolicious",
        &[
            ("cpanfile", "requires 'Mojolicious', '>= 9.0';\n"),
            ("app.pl", "use Mojolicious::Lite;\napp->start('daemon', '-l', 'http://*:3000');\n"),
        ],
    ),
    (
        "R, Plumber",
        &[
            ("renv.lock", "{\"R\": {\"Version\": \"4.5.0\"}, \"Packages\": {\"plumber\": {\"Package\": \"plumber\"}}}"),
            ("app.R", "pr() |> pr_run(port = 8000)\n"),
        ],
    ),
    (
        "Gleam, Wisp",
        &[
            (
                "gleam.toml",
                "name = \"shop\"\nversion = \"1.0.0\"\n\n[dependencies]\nwisp = \"1.0.0\"\nmist = \"5.0.0\"\n",
            ),
            ("src/shop.gleam", "pub fn main() { mist.new(handler) |> mist.port(8000) |> mist.start }\n"),
        ],
    ),
    (
        "an old Node",
        &[
            (
                "package.json",
                "{\"name\": \"shop\", \"engines\": {\"node\": \"16\"}, \"scripts\": {\"start\": \"node index.js\"}, \"dependencies\": {\"express\": \"4\"}}",
            ),
            ("index.js", "require('express')().listen(3000);\n"),
        ],
    ),
];

#[test]
fn what_is_understood_of_a_language_becomes_a_manifest_and_a_plan() {
    let mut text = String::new();
    for (name, files) in REPOS {
        let repo = Folder::empty();
        files.iter().for_each(|(path, content)| repo.write(path, content));
        repo.run(&["init"]).expect_success();
        repo.run(&["check"]).expect_success();
        let project = project(&repo.root());
        let plan = up(&project, &Observed::default()).render(&project);
        let manifest = repo.read("dev.yaml");
        let (_, manifest) = manifest.split_once("\n\n").unwrap();
        let _ = write!(text, "=== {name}\n\n{}\n\n{plan}\n", manifest.trim_end());
    }
    expect_file!["languages.txt"].assert_eq(&text);
}
