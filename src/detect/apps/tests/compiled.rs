//! Go, Rust, the JVM and .NET.

use expect_test::expect;

use super::all;

#[test]
fn go() {
    expect![[r#"
        shop in .: go, go@1.22, go, gin
            go mod download
          > go run . :8081

        shop in .: go, go@1.21, go, 
            go mod download
          > go run ./cmd/server :9090

        shop in .: go, go@1.21, go, echo
            go mod download
          > go run ./cmd/shop :1323

        tool in .: go, go@1.21, go, 
            go mod download
          > go run .

        x in .: go, go@1.23, go, fiber
            go mod download
          > make run :3000

        a workspace
        api in api: go, go@1.22, go, 
            go mod download
          > go run . :8080

    "#]]
    .assert_eq(&all(&[
        &[
            ("go.mod", "module x.org/shop\n\ngo 1.22\n\nrequire github.com/gin-gonic/gin v1.9.0\n"),
            ("main.go", "package main\nfunc main() { r.Run(\":8081\") }"),
        ],
        &[
            ("go.mod", "module x.org/shop\n\ngo 1.21\n"),
            ("cmd/server/main.go", "package main\nfunc main() { http.ListenAndServe(\":9090\", nil) }"),
            ("cmd/migrate/main.go", "package main\nfunc main() {}"),
        ],
        &[
            ("go.mod", "module x.org/shop/v2\n\ngo 1.21\nrequire github.com/labstack/echo/v4 v4\n"),
            ("cmd/one/main.go", "package main\nfunc main() {}"),
            ("cmd/shop/main.go", "package main\nfunc main() {}"),
        ],
        &[("go.mod", "module tool\n\ngo 1.21\n"), ("main.go", "package main\nfunc main() {}")],
        &[
            ("go.mod", "module x\n\ngo 1.23\nrequire github.com/gofiber/fiber/v2 v2\n"),
            ("main.go", "package main\nfunc main() {}"),
            ("Makefile", "run: deps\n\tgo run -ldflags=\"-X main.v=1\" .\n"),
        ],
        &[
            ("go.work", "go 1.22\nuse (\n\t./api\n\t./lib\n)\n"),
            ("api/go.mod", "module x/api\ngo 1.22\n"),
            ("api/main.go", "package main\nfunc main() { http.ListenAndServe(\":8080\", nil) }"),
            ("lib/go.mod", "module x/lib\ngo 1.22\n"),
            ("lib/a.go", "package lib"),
        ],
    ]));
}

#[test]
fn rust() {
    expect![[r#"
        shop in .: rust, rust@1.80, cargo, axum
            cargo build
          > cargo run :3001

        shop in .: rust, rust, cargo, rocket
            cargo build
          > cargo run :8111

        shop in .: rust, rust@1, cargo, actix-web
            cargo build
          > cargo run :8089

        shop in .: rust, rust, cargo, warp
            cargo build
          > cargo run :3031

        a workspace
        app in .: rust, rust, cargo, axum
            cargo build
          > cargo run --bin api :3000

        tool in .: rust, rust, cargo, clap
            cargo build
          > cargo run

        lib in .: rust, rust, cargo, 
          > ?

    "#]]
    .assert_eq(&all(&[
        &[
            ("Cargo.toml", "[package]\nname = \"shop\"\n[dependencies]\naxum = \"0.7\"\n"),
            ("src/main.rs", "TcpListener::bind(\"0.0.0.0:3001\")"),
            ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.80\"\n"),
        ],
        &[
            ("Cargo.toml", "[package]\nname = \"shop\"\n[dependencies]\nrocket = \"0.5\"\n"),
            ("src/main.rs", ""),
            ("Rocket.toml", "[default]\nport = 8111\n"),
        ],
        &[
            ("Cargo.toml", "[package]\nname = \"shop\"\nrust-version = \"1.70\"\n[dependencies]\nactix-web = \"4\"\n"),
            ("src/main.rs", "HttpServer::new(x).bind((\"127.0.0.1\", 8089))"),
        ],
        &[
            ("Cargo.toml", "[package]\nname = \"shop\"\ndefault-run = \"server\"\n[dependencies]\nwarp = \"0.3\"\n"),
            ("src/main.rs", ""),
            ("src/bin/server.rs", "warp::serve(x).run(([127, 0, 0, 1], 3031))"),
        ],
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
            ("crates/api/Cargo.toml", "[package]\nname = \"api\"\n[dependencies]\naxum = \"0.7\"\n"),
            ("crates/api/src/main.rs", ""),
            ("crates/cli/Cargo.toml", "[package]\nname = \"cli\"\n"),
            ("crates/cli/src/main.rs", ""),
            ("crates/lib/Cargo.toml", "[package]\nname = \"lib\"\n"),
            ("crates/lib/src/lib.rs", ""),
        ],
        &[("Cargo.toml", "[package]\nname = \"tool\"\n[dependencies]\nclap = \"4\"\n"), ("src/main.rs", "")],
        &[("Cargo.toml", "[package]\nname = \"lib\"\n"), ("src/lib.rs", "")],
    ]));
}

#[test]
fn jvm() {
    let boot = "<project><properties><java.version>21</java.version></properties><dependencies><dependency><groupId>org.springframework.boot</groupId></dependency></dependencies><build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>";
    expect![[r#"
        app in .: java, java@21, maven, spring-boot
            ./mvnw package -DskipTests
          > ./mvnw spring-boot:run :8085

        app in .: kotlin, java@21 + maven, maven, spring-boot
            mvn package -DskipTests
          > mvn spring-boot:run :8086

        app in .: java, java@17, maven, quarkus
            ./mvnw package -DskipTests
          > ./mvnw quarkus:dev :8080

        app in .: java, java@17, gradle, spring-boot
            ./gradlew build -x test
          > ./gradlew bootRun :8080

        app in .: kotlin, java@21, gradle, ktor
            ./gradlew build -x test
          > ./gradlew run :8099

        app in .: java, java@17, gradle, 
            ./gradlew build -x test
          > ./gradlew :app:run

        several
        a in a: java, java@21, maven, spring-boot
            ../mvnw package -DskipTests
          > ../mvnw spring-boot:run :8761
        b in b: java, java@21, maven, spring-boot
            ../mvnw package -DskipTests
          > ../mvnw spring-boot:run :8080

        app in .: java, java@any + maven, maven, 
            mvn package -DskipTests
          > mvn compile exec:java

        app in .: scala, java@any + sbt, sbt, play
            sbt update
          > sbt run :9000

        app in .: clojure, java@any + leiningen, leiningen, ring
            lein deps
          > lein run :3009

        app in .: clojure, java@any + clojure-cli, clojure-cli, ring
            clojure -P
          > clojure -M:run

    "#]].assert_eq(&all(&[
        &[("pom.xml", boot), ("mvnw", ""), ("src/main/resources/application.properties", "server.port=${PORT:8085}\n"), ("src/main/java/x/App.java", "")],
        &[("pom.xml", boot), ("src/main/resources/application.yml", "server:\n  port: 8086\n"), ("src/main/kotlin/x/App.kt", "")],
        &[("pom.xml", "<project><dependencies><dependency><groupId>io.quarkus</groupId></dependency></dependencies><build><plugins><plugin><artifactId>quarkus-maven-plugin</artifactId></plugin></plugins></build></project>"), ("mvnw", ""), ("src/main/java/x/A.java", ""), (".sdkmanrc", "java=17.0.9-tem")],
        &[("build.gradle", "plugins { id 'org.springframework.boot' version '3' }\nsourceCompatibility = '17'\n"), ("gradlew", ""), ("src/main/java/x/App.java", "")],
        &[("build.gradle.kts", "plugins { kotlin(\"jvm\")\n    application\n id(\"io.ktor.plugin\") }\nkotlin { jvmToolchain(21) }\n"), ("settings.gradle.kts", ""), ("gradlew", ""), ("src/main/kotlin/Application.kt", "embeddedServer(Netty, port = 8099)")],
        &[("settings.gradle", "include 'app'"), ("app/build.gradle", "plugins { id 'application' }\njava { toolchain { languageVersion = JavaLanguageVersion.of(17) } }"), ("gradlew", ""), ("app/src/main/java/App.java", "")],
        &[("pom.xml", "<project><modules><module>a</module><module>b</module></modules></project>"), ("mvnw", ""), ("a/pom.xml", boot), ("a/src/main/resources/application.yml", "server: {port: 8761}"), ("b/pom.xml", boot)],
        &[("pom.xml", "<project><build><plugins><plugin><artifactId>exec-maven-plugin</artifactId></plugin></plugins></build></project>"), ("src/main/java/Main.java", "")],
        &[("build.sbt", "scalaVersion := \"3.3\"\nlazy val root = project.enablePlugins(PlayScala)"), ("project/build.properties", "sbt.version=1.10.0\n")],
        &[("project.clj", "(defproject x :dependencies [[ring/ring-core \"1\"]] :main x.core)"), ("src/x/core.clj", "(run-jetty app {:port 3009})")],
        &[("deps.edn", "{:deps {ring/ring-core {}} :aliases {:run {:main-opts [\"-m\" \"x\"]}}}")],
    ]));
}

#[test]
fn dotnet() {
    let web = "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net9.0</TargetFramework></PropertyGroup></Project>";
    let launch = r#"{"profiles":{"http":{"commandName":"Project","applicationUrl":"http://localhost:5239"},"https":{"commandName":"Project","applicationUrl":"https://localhost:7007;http://localhost:5239"}}}"#;
    expect![[r#"
        app in .: csharp, dotnet@9.0, nuget, aspnetcore
            dotnet restore
          > dotnet run :5239

        api in .: csharp, dotnet@8.0.404, nuget, aspnetcore
            dotnet restore
          > dotnet run --project src/Shop.Api :5239

        app in .: fsharp, mcr.microsoft.com/dotnet/sdk:6.0, nuget, 
            dotnet restore
          > dotnet run

        several
        web in web: csharp, dotnet@9.0, nuget, aspnetcore
            dotnet restore
          > dotnet run :5000
        worker in worker: csharp, dotnet@8.0, nuget, 
            dotnet restore
          > dotnet run

    "#]].assert_eq(&all(&[
        &[("api.csproj", web), ("Properties/launchSettings.json", launch)],
        &[("Shop.sln", ""), ("global.json", r#"{"sdk":{"version":"8.0.404"}}"#), ("src/Shop.Api/Shop.Api.csproj", web), ("src/Shop.Api/Properties/launchSettings.json", launch), ("src/Shop.Core/Shop.Core.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"/>"), ("tests/Shop.Tests/Shop.Tests.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"/>")],
        &[("tool.fsproj", "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net6.0</TargetFramework></PropertyGroup></Project>")],
        &[("worker/worker.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Worker\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>"), ("web/web.csproj", web)],
    ]));
}

#[test]
fn a_program_that_insists_on_being_told_its_port_has_one() {
    let main = "package main\nfunc main() { port := os.Getenv(\"PORT\"); if port == \"\" { log.Fatal(\"$PORT must be set\") } }";
    let go = "module x\n\ngo 1.23\nrequire github.com/gin-gonic/gin v1\n";
    let found = all(&[&[("go.mod", go), ("main.go", main)]]);
    assert!(found.contains("> go run . :8080"), "{found}");
}

#[test]
fn programs_that_listen_without_a_framework_are_servers() {
    expect![[r#"
        app in .: java, java@21 + maven, maven, 
            mvn package -DskipTests
          > mvn compile exec:java :8090

        hello in .: rust, rust, cargo, 
            cargo build
          > cargo run :7878

        app in .: elixir, elixir, mix, 
            mix deps.get
          > mix run --no-halt :4040

        tool in .: rust, rust, cargo, 
            cargo build
          > cargo run

    "#]].assert_eq(&all(&[
        &[
            ("pom.xml", "<project><properties><java.version>21</java.version></properties></project>"),
            (
                "src/main/java/Main.java",
                "class Main { public static void main(String[] a) {\n HttpServer.create(new InetSocketAddress(8090), 0); } }",
            ),
        ],
        &[
            ("Cargo.toml", "[package]\nname = \"hello\"\n"),
            ("src/main.rs", "fn main() {\n    TcpListener::bind(\"127.0.0.1:7878\").unwrap();\n}\n"),
        ],
        &[
            ("mix.exs", "def application, do: [mod: {Hello, []}]\n"),
            ("lib/hello.ex", "{:ok, listener} = :gen_tcp.listen(4040, [:binary])\n"),
        ],
        // What only its tests do, and what listens nobody knows where.
        &[
            ("Cargo.toml", "[package]\nname = \"tool\"\n"),
            ("src/main.rs", "fn main() {\n    TcpListener::bind(address).unwrap();\n}\n"),
            ("tests/net.rs", "TcpListener::bind(\"127.0.0.1:7878\")"),
        ],
    ]));
}
