//! What a `Procfile` lists beside the app, and before it.

use expect_test::expect;

use super::{all, found};
use crate::detect::apps::apps;
use crate::repo::Repo;

#[test]
fn every_process_is_a_worker_and_a_release_prepares() {
    let app = ("app.py", "from flask import Flask\napp = Flask(__name__)\n");
    expect![[r#"
        app in .: python, python, pip, flask
            pip install -r requirements.txt
            python init_db.py
          > flask run :5000 FLASK_DEBUG=1
        worker in .: python, python, pip, flask
            pip install -r requirements.txt
          > python worker.py
        clock in .: python, python, pip, flask
            pip install -r requirements.txt
          > SLOW=1 python -u clock.py

        shop in .: python, python, uv, django celery
            pip install uv
            uv sync
            uv run manage.py migrate
          > uv run manage.py runserver :8000
        queue in .: python, python, uv, django celery
            pip install uv
            uv sync
          > A=1 uv run celery -A shop worker
        beat in .: python, python, uv, django celery
            pip install uv
            uv sync
          > uv run celery -A shop beat

        app in .: python, python, pip, 
            pip install -r requirements.txt
          > python server.py --port 7000 :7000

    "#]].assert_eq(&all(&[
        &[
            ("requirements.txt", "flask\ngunicorn\n"),
            app,
            ("worker.py", ""),
            ("clock.py", ""),
            ("init_db.py", ""),
            (
                "Procfile",
                "web: gunicorn app:app\nworker: python worker.py\nclock: SLOW=1 exec python -u clock.py\nrelease: python init_db.py\n\
                 cache: redis-server\ngone: python gone.py\nbuilt: bin/worker\n",
            ),
        ],
        &[
            ("pyproject.toml", "[project]\nname = \"shop\"\ndependencies = [\"django\", \"celery\"]\n"),
            ("uv.lock", ""),
            ("manage.py", "django"),
            (
                "Procfile",
                "release: python manage.py migrate && python manage.py collectstatic --noinput\nweb: gunicorn shop\n\
                 queue: A=1 celery -A shop worker\nbeat: uv run celery -A shop beat\n",
            ),
        ],
        &[("requirements.txt", ""), ("server.py", ""), ("main.py", ""), ("Procfile", "web: python server.py --port 7000\n")],
    ]));
}

#[test]
fn a_package_that_only_its_procfile_starts() {
    let code = "require('express')().listen(process.env.PORT || 5000)";
    let plain = "require('http').createServer().listen(process.env.PORT || 5100)";
    expect![[r#"
        app in .: javascript, node, npm, express
            npm install
          > node web.js :5000
        worker in .: javascript, node, npm, express
            npm install
          > node worker.js

        app in .: javascript, node, npm, koa
            npm install
          > npm run web :5000

        app in .: javascript, node, npm, 
            npm install
          > node web.js :5100

        app in .: javascript, node, npm, express
            npm install
          > npm run dev :5000
        jobs in .: javascript, node, npm, express
            npm install
          > npm run jobs

    "#]].assert_eq(&all(&[
        &[
            ("package.json", r#"{"dependencies":{"express":"4"}}"#),
            ("web.js", code),
            ("worker.js", ""),
            ("Procfile", "web: node web.js\nworker: node worker.js\nrelease: node migrate.js\n"),
        ],
        &[
            ("package.json", r#"{"scripts":{"web":"nodemon web.js"},"dependencies":{"koa":"2","nodemon":"3"}}"#),
            ("web.js", code),
            ("Procfile.dev", "web: npm run web\ncss: npx tailwindcss --watch\n"),
        ],
        &[("package.json", "{}"), ("web.js", plain), ("Procfile", "web: node web.js\n")],
        &[
            (
                "package.json",
                r#"{"scripts":{"dev":"concurrently npm:api npm:worker","api":"node api.js","worker":"node worker.js","jobs":"node jobs.js"},
                    "dependencies":{"express":"4"},"devDependencies":{"concurrently":"9"}}"#,
            ),
            ("api.js", code),
            ("worker.js", ""),
            ("jobs.js", ""),
            ("Procfile", "web: node api.js\nworker: npm run worker\njobs: node dist/jobs.js\nmore: npm run jobs --workspace x\n"),
        ],
    ]));
}

#[test]
fn a_process_says_where_it_stands_and_a_release_that_cannot_run_is_told() {
    let all = apps(&Repo::of(&[
        ("package.json", r#"{"dependencies":{"express":"4"}}"#),
        ("web.js", ""),
        ("worker.js", ""),
        ("Procfile", "web: node web.js\nworker: node worker.js\nrelease: ./prepare.sh\n"),
    ]));
    let places = all.apps.iter().filter_map(|app| Some(app.run.as_ref()?.evidence[0].to_string()));
    assert_eq!(places.collect::<Vec<_>>(), ["Procfile:1", "Procfile:2"]);
    assert_eq!(all.notes[0].text, "`./prepare.sh` runs before a release and was left out of the setup");
    assert_eq!(all.notes[0].evidence[0].to_string(), "Procfile:3");
    let folders = found(&[
        ("backend/requirements.txt", "flask\n"),
        ("backend/app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("backend/jobs.py", ""),
        ("Procfile", "web: cd backend && gunicorn app:app\njobs: cd backend && python jobs.py\n"),
    ]);
    assert!(folders.contains("jobs in backend") && folders.contains("> python jobs.py"), "{folders}");
}

#[test]
fn a_queue_of_php_and_a_program_of_elixir_are_workers_without_the_tables() {
    let laravel = found(&[
        ("composer.json", r#"{"require":{"php":"^8.2","laravel/framework":"^11"}}"#),
        ("artisan", ""),
        ("jobs/send.php", ""),
        (
            "Procfile",
            "web: heroku-php-apache2 public/\nworker: php artisan queue:work --tries=3\nmail: php jobs/send.php\ngone: php jobs/gone.php\nother: bin/x\n",
        ),
    ]);
    expect![[r#"
        app in .: php, php@8 + composer, composer, laravel
            composer install
            php artisan migrate --force
          > php artisan serve :8000
        worker in .: php, php@8 + composer, composer, laravel
            composer install
          > php artisan queue:work --tries=3
        mail in .: php, php@8 + composer, composer, laravel
            composer install
          > php jobs/send.php
    "#]]
    .assert_eq(&laravel);
    let elixir = found(&[
        ("mix.exs", "defp deps do\n[{:phoenix, \"~> 1.7\"}, {:ecto_sql, \"~> 3\"}]\nend\n"),
        ("config/dev.exs", ""),
        ("Procfile", "web: mix phx.server\nworker: mix run --no-halt jobs.exs\n"),
    ]);
    assert!(elixir.contains("worker in .: elixir") && elixir.contains("> mix run --no-halt jobs.exs"), "{elixir}");
    assert_eq!(elixir.matches("> mix phx.server").count(), 1, "{elixir}");
}
