//! Who has to wait for another app although no variable says so: a worker for the app beside it whose setup makes the tables.
//!
//! The manifest has one word for waiting, `needs`, and it means ready: with it the setup of the other app is done as well.

use std::collections::BTreeSet;

use crate::detect::{App, Service, cycles, tables};

/// Gives every worker the app of its folder that makes the tables. Steps that both were given, as a compose file's worker has all of
/// its app, stay with the app: at the same time they would be in the way of each other.
pub fn wait(apps: &mut [App], services: &[Service]) {
    for index in 0..apps.len() {
        let worker = &apps[index];
        if !is_worker(worker) {
            continue;
        }
        let mut others = apps.iter().enumerate().filter(|(at, app)| *at < index || !is_worker(app));
        let Some((_, main)) =
            others.find(|(_, app)| is_before(app, worker) && !waits(apps, services, (&app.name, &worker.name)))
        else {
            continue;
        };
        let (name, shared) = (main.name.clone(), steps(main));
        if !steps(worker).iter().all(|step| shared.contains(step)) {
            continue;
        }
        let worker = &mut apps[index];
        tables::leave_out(&mut worker.setup);
        if !worker.needs.iter().any(|need| need.trim_end_matches('?') == name) {
            worker.needs.push(name);
        }
    }
}

fn is_worker(app: &App) -> bool {
    app.port.is_none() && !app.once && app.run.is_some()
}

/// Whether an app's setup makes the tables for another program of the same folder and language. What starts only when it is
/// named would not be there.
fn is_before(app: &App, worker: &App) -> bool {
    let is_beside = app.path == worker.path && app.language.value == worker.language.value && app.name != worker.name;
    let is_started = app.run.is_some() && !app.once && !app.optional;
    is_beside && is_started && !steps(app).is_empty()
}

/// Whether one waits for the other already, by itself or through those between them, by a need or by a variable.
fn waits(apps: &[App], services: &[Service], (one, other): (&str, &str)) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![one];
    while let Some(name) = open.pop() {
        if name == other {
            return true;
        }
        if !seen.insert(name) {
            continue;
        }
        let of_apps = apps.iter().filter(|it| it.name == name).map(|it| (&it.needs, &it.env));
        let of_services = services.iter().filter(|it| it.name == name).map(|it| (&it.needs, &it.env));
        for (needs, env) in of_apps.chain(of_services) {
            open.extend(needs.iter().map(|need| need.trim_end_matches('?')));
            open.extend(env.iter().flat_map(|variable| cycles::referred(&variable.value.value)));
        }
    }
    false
}

/// The commands of an app's setup that make the tables.
fn steps(app: &App) -> Vec<String> {
    let all = app.setup.iter().map(|step| step.value.run.clone());
    all.filter(|run| tables::prepares(run)).collect()
}

#[cfg(test)]
mod tests {
    use crate::detect::detect;
    use crate::repo::Repo;

    /// `worker needs app` of each app without a port, in their order.
    fn waits(files: &[(&str, &str)]) -> Vec<String> {
        let apps = detect(&Repo::of(files)).apps;
        let workers = apps.iter().filter(|app| app.port.is_none());
        workers.map(|app| format!("{} needs {}", app.name, app.needs.join(" "))).collect()
    }

    const FLASK: &[(&str, &str)] = &[
        ("requirements.txt", "flask\ncelery\npsycopg[binary]\n"),
        (
            "app.py",
            "from flask import Flask\nimport os, psycopg\napp = Flask(__name__)\nurl = os.environ[\"DATABASE_URL\"]\n",
        ),
        ("worker.py", ""),
        ("init_db.py", ""),
        (".env.example", "DATABASE_URL=postgres://localhost/shop\n"),
    ];

    #[test]
    fn a_worker_waits_for_the_app_that_makes_the_tables() {
        let with = |procfile: &str| waits(&[FLASK, &[("Procfile", procfile)]].concat());
        let web = "web: gunicorn app:app\nworker: python worker.py\n";
        let release = format!("{web}release: python init_db.py\n");
        assert_eq!(with(&release), ["worker needs app"]);
        // Whoever makes no tables is waited for by nobody.
        assert_eq!(with(web), ["worker needs "]);
    }

    #[test]
    fn what_a_framework_does_before_its_start_is_waited_for_as_well() {
        let rails = [
            ("Gemfile", "gem \"rails\"\ngem \"pg\"\ngem \"sidekiq\"\n"),
            ("bin/rails", ""),
            ("config/application.rb", ""),
            ("config/database.yml", "development:\n  adapter: postgresql\n"),
        ];
        assert_eq!(waits(&rails), ["worker needs redis app"]);
        let django = [
            ("requirements.txt", "django\ncelery\npsycopg2\n"),
            ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')"),
            ("shop/celery.py", "from celery import Celery\napp = Celery('shop')\n"),
        ];
        assert_eq!(waits(&django), ["worker needs app"]);
    }

    #[test]
    fn nobody_waits_for_what_waits_for_it_through_another() {
        let compose = |web: &str| {
            let mut text = String::from("services:\n");
            text += &format!("  web: {{ build: ., ports: ['5000:5000'], {web} }}\n");
            text += "  scheduler: { build: ./scheduler, ports: ['7000:7000'], depends_on: [jobs] }\n";
            text +=
                "  jobs: { build: ., command: python worker.py, depends_on: [db] }\n  db: { image: 'postgres:17' }\n";
            text
        };
        let needs = |web: &str| {
            let compose = compose(web);
            let files = [
                ("compose.yaml", compose.as_str()),
                ("Dockerfile", "FROM python:3.13\n"),
                ("scheduler/Dockerfile", "FROM python:3.13\n"),
                ("alembic.ini", ""),
            ];
            let found = detect(&Repo::of(&[FLASK, &files].concat()));
            assert!(found.notes.iter().all(|note| !note.text.contains("wait for each other")), "{:?}", found.notes);
            found.apps.into_iter().find(|app| app.name == "jobs").unwrap().needs
        };
        assert_eq!(needs("depends_on: [db]"), ["db", "web"]);
        assert_eq!(needs("depends_on: [db, scheduler]"), ["db"]);
        assert_eq!(needs("environment: { SCHEDULER: 'http://scheduler:7000' }"), ["db"]);
    }

    /// Both would change the tables at once.
    #[test]
    fn a_worker_that_a_compose_file_names_leaves_the_tables_to_the_app() {
        let compose = "services:\n  web: { build: ., ports: ['5000:5000'], depends_on: [db] }\n  jobs: { build: ., command: python worker.py, depends_on: [db] }\n  db: { image: 'postgres:17' }\n";
        let files = [FLASK, &[("compose.yaml", compose), ("Dockerfile", "FROM python:3.13\n"), ("alembic.ini", "")]];
        let found = detect(&Repo::of(&files.concat()));
        let jobs = found.apps.iter().find(|app| app.name == "jobs").unwrap();
        assert_eq!(jobs.needs, ["db", "web"]);
        assert!(!jobs.setup.iter().any(|step| step.value.run.contains("alembic")), "{:?}", jobs.setup);
    }
}
