//! Ruby: Bundler, Rails, Sinatra and whatever else speaks Rack.

use super::ports::{self, Port};
use super::{Family, Found, Role, pins, places, processes, scan};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join, line_of};

pub(super) fn look(repo: &Repo) -> Family {
    let gemfiles = places::manifests(repo.named("Gemfile").chain(repo.named("gems.rb")));
    let mut found: Vec<Found> = gemfiles.into_iter().flat_map(|path| project(repo, path)).collect();
    if found.is_empty() && repo.has("config.ru") {
        let language = Fact::new("ruby", Evidence::file("config.ru"));
        let version = pins::choose(repo, "", &pins::RUBY, Vec::new());
        let base = Found::of_catalog("", Role::Server, language, "ruby", version);
        found.push(base.run("rackup", Evidence::file("config.ru")).port(Some(ports::usual(9292))));
    }
    Family { found, workspaces: Vec::new() }
}

/// The gems that a Gemfile names.
struct Gems<'a> {
    path: &'a str,
    text: std::rc::Rc<str>,
}

impl Gems<'_> {
    fn has(&self, name: &str) -> bool {
        self.line(name).is_some()
    }

    fn line(&self, name: &str) -> Option<usize> {
        let named =
            |line: &str| line.trim_start().strip_prefix("gem").and_then(scan::quoted).is_some_and(|gem| gem == name);
        scan::lines(&self.text).find(|(_, line)| named(line)).map(|(number, _)| number)
    }

    fn at(&self, name: &str) -> Evidence {
        Evidence::at(self.path, self.line(name))
    }
}

const FRAMEWORKS: &[&str] = &[
    "rails",
    "sinatra",
    "hanami",
    "roda",
    "grape",
    "padrino",
    "cuba",
    "jekyll",
    "middleman",
    "bridgetown",
    "nanoc",
    "sidekiq",
    "resque",
    "good_job",
    "solid_queue",
    "delayed_job",
];

fn project(repo: &Repo, gemfile: &str) -> Vec<Found> {
    let Some(text) = repo.text(gemfile) else { return Vec::new() };
    let gems = Gems { path: gemfile, text };
    let folder = folder_of(gemfile);
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let manifest = pins(repo, gemfile, &gems.text);
    let version = pins::choose(repo, folder, &pins::RUBY, manifest.clone());
    let mut base =
        Found::of_catalog(folder, Role::Library, Fact::new("ruby", Evidence::file(gemfile)), "ruby", version);
    base.notes.extend(pins::conflict(&base.app, &pins::RUBY, &manifest));
    base = base
        .managed_by("bundler", bundler(repo, folder), Evidence::file(gemfile))
        .step("bundle install", Evidence::file(gemfile));
    for name in FRAMEWORKS.iter().filter(|name| gems.has(name)) {
        base = base.framework(name, gems.at(name));
    }
    if let Some(path) = at("spec/spec_helper.rb")
        .or_else(|| at(".rspec"))
        .or_else(|| gems.has("rspec-rails").then(|| gemfile.to_owned()))
    {
        base = base.tested_by("bundle exec rspec", Evidence::file(path));
    } else if at("bin/rails").is_some() {
        base = base.tested_by("bin/rails test", Evidence::file(gemfile));
    }
    let plain = base.clone();
    let Some(main) = start(repo, &gems, folder, base) else { return vec![plain] };
    let is_server = main.role == Role::Server;
    let mut all = vec![main];
    if is_server {
        all.extend(others(repo, folder, &gems, &plain));
    }
    all
}

fn start(repo: &Repo, gems: &Gems<'_>, folder: &str, base: Found) -> Option<Found> {
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let mut base = Found { role: Role::Server, ..base };
    let rails = at("config/application.rb")
        .or_else(|| at("bin/rails"))
        .or_else(|| at("script/rails"))
        .or_else(|| gems.has("rails").then(|| gems.path.to_owned()));
    if let Some(path) = rails {
        let is_engine = at("bin/rails").is_none()
            && at("config.ru").is_none()
            && at("config/application.rb").is_none()
            && repo.in_folder(folder).any(|it| it.ends_with(".gemspec"));
        if is_engine {
            return None;
        }
        base = base.framework("rails", Evidence::file(&path));
        let binary = at("bin/rails");
        let command = if binary.is_some() { "bin/rails" } else { "bundle exec rails" };
        let has_database = gems.has("pg")
            || gems.has("mysql2")
            || gems.has("sqlite3")
            || gems.has("trilogy")
            || at("config/database.yml").is_some();
        if has_database {
            base = base.step(
                format!("{command} db:prepare"),
                Evidence::file(at("config/database.yml").unwrap_or_else(|| gems.path.to_owned())),
            );
        }
        let evidence = Evidence::file(binary.unwrap_or(path));
        return Some(base.run(format!("{command} server"), evidence.clone()).port(rails_port(repo, folder)));
    }
    let sites = [
        ("jekyll", "bundle exec jekyll serve", 4000),
        ("middleman", "bundle exec middleman server", 4567),
        ("bridgetown", "bin/bridgetown start", 4000),
        ("nanoc", "bundle exec nanoc live", 3000),
        ("hanami", "bundle exec hanami server", 2300),
    ];
    if let Some((name, run, port)) = sites.iter().find(|(name, _, _)| gems.has(name)) {
        let evidence = gems.at(name);
        return Some(base.run(*run, evidence.clone()).port(Some(ports::usual(*port))));
    }
    rack(repo, gems, folder, base)
}

/// The port of Puma's settings, of the example of settings, or 3000.
fn rails_port(repo: &Repo, folder: &str) -> Port {
    let development = processes::of_development(repo, folder).into_iter().find(|it| it.name == "web");
    let said = development.and_then(|it| ports::of_command(&Fact::new(it.run, it.evidence)));
    said.or_else(|| puma_port(repo, folder))
        .or_else(|| ports::around(repo, folder))
        .or_else(|| Some(ports::usual(3000)))
}

fn puma_port(repo: &Repo, folder: &str) -> Port {
    let names = ["config/puma.rb", "config/puma/development.rb", "puma.rb"];
    let paths: Vec<String> = names.iter().filter_map(|name| join(folder, name)).collect();
    ports::of_code(repo, &paths)
}

fn rack(repo: &Repo, gems: &Gems<'_>, folder: &str, base: Found) -> Option<Found> {
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let file = ["app.rb", "server.rb", "main.rb", "web.rb", "application.rb", "index.rb", "lib/app.rb"]
        .iter()
        .find_map(|name| at(name));
    if let Some(rackup) = at("config.ru") {
        let evidence = Evidence::file(&rackup);
        let (run, usual) = match () {
            () if gems.has("puma") => ("bundle exec puma", 9292),
            () if gems.has("thin") => ("bundle exec thin start", 3000),
            () if gems.has("unicorn") => ("bundle exec unicorn", 8080),
            () => ("bundle exec rackup", 9292),
        };
        let said = processes::of_production(repo, folder, "web")
            .and_then(|it| ports::of_command(&Fact::new(it.run, it.evidence)));
        let port = puma_port(repo, folder)
            .or(said)
            .or_else(|| ports::around(repo, folder))
            .or_else(|| Some(ports::usual(usual)));
        return Some(base.run(run, evidence).port(port));
    }
    let path = file?;
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let file = if path.ends_with("lib/app.rb") { "lib/app.rb".to_owned() } else { name };
    let serves = gems.has("sinatra") || gems.has("webrick") || gems.has("puma");
    let port = serves
        .then(|| {
            ports::of_code(repo, std::slice::from_ref(&path))
                .or_else(|| ports::around(repo, folder))
                .or_else(|| Some(ports::usual(4567)))
        })
        .flatten();
    let role = if serves { Role::Server } else { Role::Program };
    Some(Found { role, ..base }.run(format!("bundle exec ruby {file}"), Evidence::file(&path)).port(port))
}

/// The further processes of development: workers, and builds of styles that run in Ruby.
fn others(repo: &Repo, folder: &str, gems: &Gems<'_>, base: &Found) -> Vec<Found> {
    let listed = processes::of_development(repo, folder);
    let listed = if listed.is_empty() { processes::procfile(repo, folder, "Procfile") } else { listed };
    let is_ruby = |run: &str| {
        ["bundle ", "bin/", "rails", "rake", "sidekiq", "ruby"].iter().any(|it| run.contains(it))
            && !["yarn", "npm", "vite", "pnpm", "puma", "unicorn"].iter().any(|it| run.contains(it))
    };
    let wanted = listed
        .into_iter()
        .filter(|it| !["web", "release", "rails", "server", "console"].contains(&it.name.as_str()) && is_ruby(&it.run));
    let mut all: Vec<Found> = wanted
        .take(6)
        .map(|process| {
            let mut found = Found { role: Role::Worker, ..base.clone() }.run(process.run, process.evidence);
            found.app.name = process.name;
            found.test = None;
            found
        })
        .collect();
    if all.is_empty() && gems.has("sidekiq") {
        let mut found = Found { role: Role::Worker, ..base.clone() }.run("bundle exec sidekiq", gems.at("sidekiq"));
        found.app.name = "worker".to_owned();
        found.test = None;
        all.push(found);
    }
    all
}

/// `ruby "3.2.1"` of the Gemfile, or what Bundler has written into its lock file.
fn pins(repo: &Repo, gemfile: &str, text: &str) -> Vec<pins::Pin> {
    let own = scan::lines(text).find_map(|(number, line)| {
        let rest = line.trim_start().strip_prefix("ruby")?;
        let version = scan::quoted(rest).filter(|_| rest.starts_with([' ', '(']) && !rest.contains("file:"))?;
        version.contains(|c: char| c.is_ascii_digit()).then(|| Fact::new(version, Evidence::at(gemfile, number)))
    });
    let lock = join(folder_of(gemfile), "Gemfile.lock").filter(|path| repo.has(path));
    let locked = lock.and_then(|path| {
        let text = repo.text(&path)?;
        let line = line_of(&text, "RUBY VERSION")? + 1;
        let version = text.lines().nth(line - 1)?.trim().strip_prefix("ruby ")?.split('p').next()?.trim().to_owned();
        Some(Fact { value: version, evidence: vec![Evidence::at(&path, line)] })
    });
    own.into_iter().chain(locked).collect()
}

fn bundler(repo: &Repo, folder: &str) -> Option<String> {
    let path = join(folder, "Gemfile.lock").filter(|path| repo.has(path))?;
    let text = repo.text(&path)?;
    let line = line_of(&text, "BUNDLED WITH")?;
    text.lines().nth(line).map(|version| version.trim().to_owned()).filter(|it| !it.is_empty())
}
