//! Ruby, PHP, Elixir and Gleam.

use expect_test::expect;

use super::all;

#[test]
fn ruby() {
    expect![[r#"
        app in .: ruby, ruby@3.3.1, bundler, rails
            bundle install
            bin/rails db:prepare
          > bin/rails server :3000

        app in .: ruby, ruby@3.2.2, bundler, rails sidekiq
            bundle install
          > bin/rails server :3100 after assets
        css in .: ruby, ruby@3.2.2, bundler, rails sidekiq
            bundle install
          > bin/rails tailwindcss:watch
        assets in .: javascript, node, yarn, 
            yarn install
          > yarn build (once)

        app in .: ruby, ruby, bundler, sinatra
            bundle install
          > bundle exec ruby app.rb :4568

        app in .: ruby, ruby, bundler, sinatra
            bundle install
          > bundle exec puma :9292

        app in .: ruby, ruby, bundler, hanami
            bundle install
          > bundle exec hanami server :2300

        app in .: ruby, ruby@3.1.2, bundler, 
            bundle install
          > bundle exec ruby main.rb

    "#]]
    .assert_eq(&all(&[
        &[
            ("Gemfile", "ruby \"3.3.1\"\ngem \"rails\", \"~> 7\"\ngem \"pg\"\n"),
            ("bin/rails", ""),
            ("config/application.rb", ""),
            ("config/puma.rb", "port ENV.fetch(\"PORT\") { 3000 }"),
            ("config/database.yml", ""),
        ],
        &[
            ("Gemfile", "gem 'rails'\ngem 'sidekiq'\n"),
            (".ruby-version", "ruby-3.2.2\n"),
            ("bin/rails", ""),
            (
                "Procfile.dev",
                "web: bin/rails server -p 3100\ncss: bin/rails tailwindcss:watch\njs: yarn build --watch\n",
            ),
            ("package.json", r#"{"scripts":{"build":"esbuild app.js --bundle"},"dependencies":{"esbuild":"1"}}"#),
            ("yarn.lock", ""),
        ],
        &[("Gemfile", "gem 'sinatra'\n"), ("app.rb", "require 'sinatra'\nset :port, 4568\n")],
        &[("Gemfile", "gem 'sinatra'\ngem 'puma'\n"), ("config.ru", "run App")],
        &[("Gemfile", "gem 'hanami'\n"), ("config.ru", "")],
        &[
            ("Gemfile", "gem 'rake'\n"),
            ("Gemfile.lock", "RUBY VERSION\n   ruby 3.1.2p20\n\nBUNDLED WITH\n   2.4.9\n"),
            ("main.rb", "puts 1"),
        ],
    ]));
}

#[test]
fn php() {
    expect![[r#"
        shop in .: php, php@8 + composer, composer, laravel
            composer install
            php artisan migrate --force
          > php artisan serve :8000
        assets in .: javascript, node, npm, vite
            npm ci
          > npm run dev :5173

        app in .: php, php@8 + composer, composer, laravel
            composer install
            php artisan migrate --force
          > php artisan serve :8000
        assets in .: javascript, node, npm, 
            npm install
          > npm run watch

        app in .: php, php@8 + composer, composer, symfony
            composer install
          > php -S localhost:8000 -t public :8000

        app in .: php, php@any + composer, composer, slim
            composer install
          > php -S localhost:8000 -t public :8000

        app in .: php, php@any + composer, composer, slim
            composer install
          > php -S localhost:8080 -t public :8080

        app in .: php, php@any + composer intl, composer, codeigniter
            composer install
          > php spark serve :8080

        app in .: php, php@any + composer gd, composer, drupal
            composer install
          > php -S localhost:8000 -t web :8000

        app in .: php, php@any + mysqli, -, wordpress
          > php -S localhost:8000 :8000

        app in .: php, php, -, 
          > php -S localhost:8000 :8000

        app in .: php, php@8.2, -, 
          > php -S localhost:8000 -t public :8000

    "#]].assert_eq(&all(&[
        &[("composer.json", r#"{"name":"acme/shop","require":{"php":"^8.2","laravel/framework":"^11"}}"#), ("artisan", ""), ("public/index.php", ""), ("package.json", r#"{"scripts":{"dev":"vite","build":"vite build"},"devDependencies":{"vite":"5","laravel-vite-plugin":"1"}}"#), ("package-lock.json", "{}")],
        &[("composer.json", r#"{"require":{"php":">=8.1","laravel/framework":"^9"}}"#), ("artisan", ""), ("package.json", r#"{"scripts":{"dev":"mix","watch":"mix watch"},"devDependencies":{"laravel-mix":"6"}}"#)],
        &[("composer.json", r#"{"require":{"php":">=8.2","symfony/framework-bundle":"7.*"}}"#), ("public/index.php", "")],
        &[("composer.json", r#"{"require":{"slim/slim":"4"}}"#), ("public/index.php", "")],
        &[("composer.json", r#"{"require":{"slim/slim":"4"},"scripts":{"start":"php -S localhost:8080 -t public"}}"#)],
        &[("composer.json", r#"{"require":{"codeigniter4/framework":"4"}}"#), ("spark", ""), ("public/index.php", "")],
        &[("composer.json", r#"{"require":{"drupal/core-recommended":"10"}}"#), ("web/index.php", "")],
        &[("wp-config-sample.php", ""), ("index.php", "")],
        &[("index.php", "<?php phpinfo();")],
        &[("public/index.php", "<?php"), ("Dockerfile", "FROM php:8.2-apache")],
    ]));
}

#[test]
fn elixir_and_gleam() {
    expect![[r#"
        app in .: elixir, elixir@1, mix, phoenix ecto
            mix setup
          > mix phx.server :4007 after assets
        assets in assets: javascript, node, npm, 
          > npm install (once)

        app in .: elixir, elixir, mix, plug
            mix deps.get
          > mix run --no-halt :4000

        a workspace
        app in .: elixir, elixir, mix, phoenix
            mix deps.get
          > mix phx.server :4000

        app in .: gleam, ghcr.io/gleam-lang/gleam:v1.4.0-erlang-alpine, gleam, 
            gleam deps download
          > gleam run :8123

    "#]]
    .assert_eq(&all(&[
        &[
            ("mix.exs", "elixir: \"~> 1.15\",\n{:phoenix, \"~> 1.7\"},\n{:ecto_sql, \"~> 3\"}\nsetup: [\"deps.get\"]"),
            ("config/config.exs", ""),
            ("config/dev.exs", "http: [ip: {127, 0, 0, 1}, port: 4007],\nhttps: [\n  port: 4001,\n]"),
            ("assets/package.json", r#"{"dependencies":{"topbar":"2"}}"#),
        ],
        &[("mix.exs", "mod: {X.Application, []}\n{:plug_cowboy, \"~> 2\"}"), ("lib/x.ex", "")],
        &[
            ("mix.exs", "apps_path: \"apps\""),
            ("apps/web/mix.exs", "{:phoenix, \"~> 1.7\"}"),
            ("apps/core/mix.exs", ""),
            ("config/config.exs", ""),
        ],
        &[
            ("gleam.toml", "name = \"x\"\ngleam = \">= 1.4.0\"\n[dependencies]\nmist = \"1\"\nwisp = \"1\"\n"),
            ("src/x.gleam", "|> mist.port(8123)"),
        ],
    ]));
}

#[test]
fn extensions_of_php_are_those_that_composer_will_ask_for() {
    expect![[r#"
        app in .: php, php@8 + composer gd intl opcache pcntl xdebug zip, composer, 
            composer install
          > php -S localhost:8000 -t public :8000

        app in .: php, php@any + mysqli, -, wordpress
          > php -S localhost:8000 :8000

    "#]].assert_eq(&all(&[
        &[
            (
                "composer.json",
                r#"{"require": {"php": "^8.3", "ext-intl": "*", "ext-Zend-OPcache": "*", "ext-json": "*", "ext-wondrous": "*", "laravel/horizon": "^5"}}"#,
            ),
            (
                "composer.lock",
                r#"{"packages": [{"name": "a/b", "require": {"ext-gd": "*", "ext-mbstring": "*"}}, {"name": "phpoffice/phpspreadsheet"}], "packages-dev": [{"name": "c/d", "require": {"ext-xdebug": "*"}}]}"#,
            ),
            ("public/index.php", "<?php\n"),
        ],
        &[("wp-config-sample.php", "<?php\n"), ("index.php", "<?php\n")],
    ]));
}

#[test]
fn a_script_of_composer_that_only_starts_a_server_is_that_server() {
    let of = |script: &str| {
        let json = format!(r#"{{"require":{{"php":">=8.2"}},"scripts":{{"serve":{script}}}}}"#);
        let found = crate::detect::detect(&crate::repo::Repo::of(&[
            ("composer.json", json.as_str()),
            ("public/index.php", "<?php"),
        ]));
        found.apps[0].run.as_ref().map(|run| run.value.clone()).unwrap_or_default()
    };
    assert_eq!(of(r#""php -S localhost:8000 -t public""#), "php -S localhost:8000 -t public");
    let patient = r#"["Composer\\Config::disableProcessTimeout", "@php -S localhost:8000 -t public"]"#;
    assert_eq!(of(patient), "php -S localhost:8000 -t public");
    assert_eq!(of(r#"["npm run build", "php -S localhost:8000 -t public"]"#), "composer serve");
}
