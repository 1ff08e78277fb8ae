//! Python: frameworks, package managers, workers.

use expect_test::expect;

use super::all;

const FASTAPI: &str = "from fastapi import FastAPI\napp = FastAPI()\n";

#[test]
fn frameworks() {
    expect![[r#"
        app in .: python, python@3.12, pip, django
            pip install -r requirements.txt
            python manage.py migrate
          > python manage.py runserver :8000

        app in .: python, python, pip, fastapi
            pip install -r requirements.txt
            alembic upgrade head
          > uvicorn app.main:app --reload :8000

        x in .: python, python@3.13, uv, fastapi
            pip install uv
            uv sync
          > uv run fastapi dev :8000

        app in .: python, python, pip, flask
            pip install -r requirements.txt
          > flask run :5000 FLASK_DEBUG=1

        app in .: python, python, pip, flask
            pip install -r requirements.txt
            flask db upgrade
          > flask run :5000 FLASK_APP=shop FLASK_DEBUG=1

        app in .: python, python, pip, streamlit
            pip install -r requirements.txt
          > streamlit run Home.py :8501

        app in .: python, python, pip, gradio
            pip install -r requirements.txt
          > python app.py :7860

        app in .: python, python, pip, litestar
            pip install -r requirements.txt
          > litestar run --reload :8000

        app in .: python, python, pip, aiohttp
            pip install -r requirements.txt
          > python server.py :8088

        app in .: python, python, pip, sanic
            pip install -r requirements.txt
          > sanic server:app --dev :8000

        app in .: python, python, pip, dash
            pip install -r requirements.txt
          > python app.py :8050

        app in .: python, python, pip, quart
            pip install -r requirements.txt
          > quart --app app:app run :5000

    "#]]
    .assert_eq(&all(&[
        &[
            ("requirements.txt", "Django>=5\npsycopg[binary]\n"),
            ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')"),
            (".python-version", "3.12"),
        ],
        &[("requirements.txt", "fastapi\nuvicorn[standard]\n"), ("app/main.py", FASTAPI), ("alembic.ini", "")],
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nrequires-python = \">=3.11\"\ndependencies = [\"fastapi[standard]>=0.1\"]\n",
            ),
            ("uv.lock", ""),
            ("main.py", FASTAPI),
        ],
        &[("requirements.txt", "flask==3\n"), ("app.py", "from flask import Flask\napp = Flask(__name__)\n")],
        &[
            ("requirements.txt", "flask\nflask-migrate\n"),
            ("shop/__init__.py", "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n"),
            ("migrations/alembic.ini", ""),
        ],
        &[("requirements.txt", "streamlit\n"), ("Home.py", "import streamlit as st\n")],
        &[("requirements.txt", "gradio\n"), ("app.py", "import gradio as gr\ngr.launch(server_port=7870)\n")],
        &[
            ("requirements.txt", "litestar[standard]\n"),
            ("app.py", "from litestar import Litestar\napp = Litestar([])\n"),
        ],
        &[
            ("requirements.txt", "aiohttp\n"),
            ("server.py", "from aiohttp import web\nif __name__ == '__main__':\n    web.run_app(app, port=8088)\n"),
        ],
        &[("requirements.txt", "sanic\n"), ("server.py", "from sanic import Sanic\napp = Sanic('x')\n")],
        &[("requirements.txt", "dash\n"), ("app.py", "from dash import Dash\napp = Dash(__name__)\n")],
        &[("requirements.txt", "quart\n"), ("app.py", "from quart import Quart\napp = Quart(__name__)\n")],
    ]));
}

#[test]
fn package_managers() {
    expect![[r#"
        app in .: python, python@3.13, poetry, fastapi
            pip install poetry
            poetry install
          > poetry run uvicorn app.main:app --reload :8000

        app in .: python, python@3.11, pipenv, flask
            pip install pipenv
            pipenv install --dev
          > pipenv run flask run :5000 FLASK_DEBUG=1

        x in .: python, python, pdm, 
            pip install pdm
            pdm install
          > pdm run python main.py

        app in .: python, python@3.10, conda, 
            conda env update --file environment.yml
          > python main.py

        app in .: python, python, pip, django
            pip install -r requirements/dev.txt
            python manage.py migrate
          > python manage.py runserver :8000

        tool in .: python, python, pip, 
            pip install -e .
          > tool

        app in .: python, python, pip, 
          > python main.py

        app in .: python, python@3.12.3, poetry, 
            pip install poetry==1.8.2
            poetry install
          > poetry run python main.py

    "#]]
    .assert_eq(&all(&[
        &[
            (
                "pyproject.toml",
                "[tool.poetry]\nname = \"x\"\n[tool.poetry.dependencies]\npython = \"^3.9\"\nfastapi = \"^0.1\"\n",
            ),
            ("poetry.lock", ""),
            ("app/main.py", FASTAPI),
        ],
        &[
            ("Pipfile", "[packages]\nflask = \"*\"\n[requires]\npython_version = \"3.11\"\n"),
            ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ],
        &[
            ("pyproject.toml", "[project]\nname = \"x\"\ndependencies = []\n"),
            ("pdm.lock", ""),
            ("main.py", "print(1)"),
        ],
        &[("environment.yml", "dependencies:\n  - python=3.10\n  - numpy\n"), ("main.py", "print(1)")],
        &[
            ("requirements/base.txt", "django\n"),
            ("requirements/dev.txt", "-r base.txt\npytest\n"),
            ("requirements.txt", "-r requirements/base.txt"),
            ("manage.py", "django"),
        ],
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"tool\"\ndependencies = [\"click\"]\n[project.scripts]\ntool = \"tool:main\"\n",
            ),
            ("tool/__init__.py", ""),
        ],
        &[("main.py", "from http.server import HTTPServer\nHTTPServer(('0.0.0.0', 8090), x)\n")],
        &[
            (".tool-versions", "python 3.12.3\npoetry 1.8.2\n"),
            ("pyproject.toml", "[tool.poetry]\nname = \"x\"\n"),
            ("main.py", ""),
        ],
    ]));
}

#[test]
fn workers_and_folders_of_their_own() {
    expect![[r#"
        app in src: python, python@3.13, uv, django celery
            pip install uv
            uv sync
            uv run manage.py migrate
          > uv run manage.py runserver :8000
        worker in src: python, python@3.13, uv, django celery
            pip install uv
            uv sync
          > uv run celery -A config worker --loglevel=info

        several
        backend in backend: python, python, pip, flask rq
            pip install -r requirements.txt
          > flask run :5000 FLASK_DEBUG=1
        frontend in frontend: javascript, node, npm, vite
            npm install
          > npm run dev :5173
        worker in backend: python, python, pip, flask rq
            pip install -r requirements.txt
          > rq worker

    "#]]
    .assert_eq(&all(&[
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nrequires-python = \">=3.12\"\ndependencies = [\"django\", \"celery\"]\n",
            ),
            ("uv.lock", ""),
            ("src/manage.py", "django"),
            ("src/config/celery.py", "app = Celery('config')\n"),
        ],
        &[
            ("backend/requirements.txt", "flask\nrq\n"),
            ("backend/app.py", "from flask import Flask\napp = Flask(__name__)\n"),
            ("backend/Procfile", "web: gunicorn app:app\nworker: rq worker\n"),
            ("frontend/package.json", r#"{"scripts":{"dev":"vite"},"devDependencies":{"vite":"5"}}"#),
        ],
    ]));
}

#[test]
fn members_of_a_workspace_of_uv_that_are_several_apps_install_everything() {
    const APP: &str = "[project]\nname='x'\ndependencies=['fastapi[standard]']\n";
    const CODE: &str = "from fastapi import FastAPI\napp = FastAPI()\n";
    let setup = |members: &[&str]| {
        let root = "[tool.uv.workspace]\nmembers = ['apps/*']\n".to_owned();
        let mut files = vec![("pyproject.toml".to_owned(), root), ("uv.lock".to_owned(), String::new())];
        for member in members {
            files.push((format!("apps/{member}/pyproject.toml"), APP.to_owned()));
            files.push((format!("apps/{member}/main.py"), CODE.to_owned()));
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let found = super::super::apps(&crate::repo::Repo::of(&files));
        found.apps.iter().map(|app| app.setup.last().map(|step| step.value.run.clone())).collect::<Vec<_>>()
    };
    assert_eq!(
        setup(&["one", "two"]),
        [Some("uv sync --all-packages".to_owned()), Some("uv sync --all-packages".to_owned())]
    );
    assert_eq!(setup(&["one"]), [Some("uv sync".to_owned())]);
}
