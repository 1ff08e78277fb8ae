//! PHP: Composer, Laravel, Symfony and their kin, WordPress, and plain files.

mod extensions;

use serde_json::Value;

use super::ports::{self, Port};
use super::{Family, Found, Role, pins, places, procfile};
use crate::detect::{Evidence, Fact};
use crate::repo::{Repo, folder_of, join, line_of};

pub(super) fn look(repo: &Repo) -> Family {
    let manifests = places::manifests(repo.named("composer.json"));
    let mut found: Vec<Found> = manifests.into_iter().filter_map(|path| project(repo, path)).collect();
    if found.is_empty() {
        found.extend(plain(repo));
    }
    let found = found.into_iter().flat_map(|found| procfile::with_workers(repo, found, &["php"])).collect();
    Family { found, workspaces: Vec::new() }
}

/// A framework by its package: its name, how it is started, its usual port. `{public}` is the folder that is served.
struct Framework {
    package: &'static str,
    name: &'static str,
    /// A file without which it is only used, not followed.
    file: &'static str,
    run: &'static str,
    port: u16,
}

const fn framework(
    package: &'static str,
    name: &'static str,
    file: &'static str,
    run: &'static str,
    port: u16,
) -> Framework {
    Framework { package, name, file, run, port }
}

const SERVE: &str = "php -S localhost:8000 -t {public}";

static FRAMEWORKS: &[Framework] = &[
    framework("laravel/framework", "laravel", "artisan", "php artisan serve", 8000),
    framework("laravel/lumen-framework", "lumen", "", SERVE, 8000),
    framework("symfony/framework-bundle", "symfony", "", SERVE, 8000),
    framework("symfony/symfony", "symfony", "", SERVE, 8000),
    framework("codeigniter4/framework", "codeigniter", "spark", "php spark serve", 8080),
    framework("cakephp/cakephp", "cakephp", "bin/cake", "bin/cake server", 8765),
    framework("yiisoft/yii2", "yii", "yii", "php yii serve", 8080),
    framework("craftcms/cms", "craft", "craft", "php craft serve", 8080),
    framework("slim/slim", "slim", "", SERVE, 8000),
    framework("mezzio/mezzio", "mezzio", "", SERVE, 8000),
    framework("laminas/laminas-mvc", "laminas", "", SERVE, 8000),
    framework("drupal/core-recommended", "drupal", "", SERVE, 8000),
    framework("drupal/core", "drupal", "", SERVE, 8000),
    framework("roots/wordpress", "wordpress", "", SERVE, 8000),
    framework("johnpbloch/wordpress", "wordpress", "", SERVE, 8000),
    framework("getkirby/cms", "kirby", "", "php -S localhost:8000 kirby/router.php", 8000),
    framework("hyperf/framework", "hyperf", "bin/hyperf.php", "php bin/hyperf.php start", 9501),
    framework("spiral/framework", "spiral", "", SERVE, 8000),
];

fn project(repo: &Repo, manifest: &str) -> Option<Found> {
    let json = repo.json(manifest)?;
    let folder = folder_of(manifest);
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let evidence = |needle: &str| Evidence::at(manifest, repo.text(manifest).and_then(|text| line_of(&text, needle)));
    let requires = |package: &str| json.get("require").and_then(|it| it.get(package)).and_then(Value::as_str);
    let pins = pins(repo, manifest, &json);
    let version = pins::choose(repo, folder, &pins::PHP, pins.clone());
    let mut found =
        Found::of_catalog(folder, Role::Library, Fact::new("php", Evidence::file(manifest)), "php", version);
    found.notes.extend(pins::conflict(&found.app, &pins::PHP, &pins));
    found =
        found.managed_by("composer", None, Evidence::file(at("composer.lock").unwrap_or_else(|| manifest.to_owned())));
    found = extensions::of_composer(repo, folder, &json, found).step("composer install", Evidence::file(manifest));
    let known = FRAMEWORKS
        .iter()
        .find(|it| requires(it.package).is_some() || (it.name == "laravel" && at("artisan").is_some()));
    found = tests(repo, folder, &json, found, manifest);
    if let Some(known) = known {
        found = found.framework(known.name, evidence(known.package));
        if known.file.is_empty() || at(known.file).is_some() {
            return Some(started(repo, folder, known, Found { role: Role::Server, ..found }, &evidence(known.package)));
        }
    }
    let is_library = json
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|it| it.contains("library") || it.contains("plugin") || it.contains("bundle"));
    let scripts = json.get("scripts").and_then(Value::as_object);
    let script = scripts.and_then(|all| ["dev", "start", "serve"].iter().find(|name| all.contains_key(**name)));
    if let Some(script) = script.filter(|_| !is_library) {
        let run = scripts.and_then(|all| all.get(*script)).map(ToString::to_string).unwrap_or_default();
        let run_evidence = evidence(&format!("\"{script}\""));
        let port = super::scan::command_port(run.trim_matches('"'))
            .map(|port| Fact { value: port, evidence: vec![run_evidence.clone()] });
        found.role = Role::Server;
        // Told by itself it can be had to listen for all, and Composer doesn't end it after five minutes.
        let command =
            own_server(repo, folder).filter(|own| run.contains(own.as_str()) && is_alone(json.get("scripts"), script));
        return Some(
            found
                .run(command.unwrap_or_else(|| format!("composer {script}")), run_evidence)
                .port(port.or_else(|| ports::around(repo, folder))),
        );
    }
    let public = public_folder(repo, folder)?;
    found.role = Role::Server;
    let page = join(folder, &join(&public, "index.php")?)?;
    if is_library || !repo.has(&page) {
        return Some(Found { role: Role::Library, ..found });
    }
    Some(found.run(serve(&public), Evidence::file(&page)).port(port(repo, folder, 8000)))
}

fn started(repo: &Repo, folder: &str, known: &Framework, mut found: Found, evidence: &Evidence) -> Found {
    let script = own_server(repo, folder);
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let run = match known.run {
        SERVE if script.is_some() => script.clone().unwrap_or_default(),
        SERVE => serve(&public_folder(repo, folder).unwrap_or_else(|| "public".to_owned())),
        run => run.to_owned(),
    };
    if known.name == "laravel" {
        let place = at("artisan").map_or_else(|| evidence.clone(), Evidence::file);
        found = found.step("php artisan migrate --force", place.clone());
        return found.run(run, place.clone()).port(port(repo, folder, known.port));
    }
    if at("bin/console").is_some()
        && at("migrations").is_none()
        && repo.has_folder(&join(folder, "migrations").unwrap_or_default())
    {
        found = found.step("php bin/console doctrine:migrations:migrate --no-interaction", evidence.clone());
    }
    let said = script
        .filter(|it| *it == run)
        .and_then(|run| super::scan::command_port(&run))
        .map(|it| Fact { value: it, evidence: vec![evidence.clone()] });
    found.run(run, evidence.clone()).port(said.or_else(|| port(repo, folder, known.port)))
}

/// Whether a script of Composer does one thing only, beside telling Composer that it may take long.
fn is_alone(scripts: Option<&Value>, script: &str) -> bool {
    let all = scripts.and_then(|scripts| scripts.get(script)).and_then(Value::as_array);
    let does = |it: &&Value| !it.as_str().is_some_and(|text| text.contains("disableProcessTimeout"));
    all.is_none_or(|all| all.iter().filter(does).count() == 1)
}

/// PHP's own server, as a script of Composer starts it.
fn own_server(repo: &Repo, folder: &str) -> Option<String> {
    let json = repo.json(&join(folder, "composer.json")?)?;
    ["start", "serve", "dev"].iter().find_map(|name| {
        let script = json.get("scripts")?.get(*name)?;
        let all = script.as_array().map_or_else(|| std::slice::from_ref(script), Vec::as_slice);
        let run = all
            .iter()
            .filter_map(Value::as_str)
            .map(|it| it.trim_start_matches("@").to_owned())
            .find(|it| it.starts_with("php -S "))?;
        run.chars().all(|c| c.is_ascii_alphanumeric() || " -._:/".contains(c)).then_some(run)
    })
}

fn serve(public: &str) -> String {
    match public {
        "" => "php -S localhost:8000".to_owned(),
        public => format!("php -S localhost:8000 -t {public}"),
    }
}

/// What the example of settings says, else the command's own.
fn port(repo: &Repo, folder: &str, usual: u16) -> Port {
    let said = ports::of_env_files(repo, folder).filter(|port| port.value > 1024);
    said.or_else(|| ports::of_dockerfile(repo, folder).filter(|port| port.value != 9000))
        .or_else(|| folder.is_empty().then(|| ports::of_devcontainer(repo)).flatten())
        .or_else(|| Some(ports::usual(usual)))
}

/// The folder that is served: the first that holds an `index.php`.
fn public_folder(repo: &Repo, folder: &str) -> Option<String> {
    const FOLDERS: &[&str] =
        &["public", "web", "webroot", "www", "htdocs", "public_html", "docroot", "app/webroot", ""];
    FOLDERS
        .iter()
        .find(|name| {
            join(folder, format!("{name}/index.php").trim_start_matches('/')).is_some_and(|path| repo.has(&path))
        })
        .map(|name| (*name).to_owned())
}

fn tests(repo: &Repo, folder: &str, json: &Value, found: Found, manifest: &str) -> Found {
    let at = |name: &str| join(folder, name).filter(|path| repo.has(path));
    let has = |package: &str| json.get("require-dev").is_some_and(|it| it.get(package).is_some());
    if at("artisan").is_some() && (has("phpunit/phpunit") || has("pestphp/pest")) {
        return found.tested_by("php artisan test", Evidence::file(manifest));
    }
    match at("phpunit.xml").or_else(|| at("phpunit.xml.dist")).or_else(|| at("phpunit.dist.xml")) {
        Some(path) => found.tested_by("vendor/bin/phpunit", Evidence::file(path)),
        None if has("pestphp/pest") => found.tested_by("vendor/bin/pest", Evidence::file(manifest)),
        None => found,
    }
}

fn pins(repo: &Repo, manifest: &str, json: &Value) -> Vec<pins::Pin> {
    let require = json.get("require").and_then(|it| it.get("php")).and_then(Value::as_str);
    let platform =
        json.get("config").and_then(|it| it.get("platform")).and_then(|it| it.get("php")).and_then(Value::as_str);
    // In Composer's words `~8.2` is what others write `~> 8.2`.
    let all = [require, platform]
        .into_iter()
        .flatten()
        .map(|text| pins::pin(repo, manifest, text.replace('~', "~>"), "\"php\""));
    all.collect()
}

/// PHP without Composer: WordPress, or a page at the root.
fn plain(repo: &Repo) -> Option<Found> {
    let wordpress = ["wp-config.php", "wp-config-sample.php", "wp-load.php"].iter().find(|name| repo.has(name));
    let public = public_folder(repo, "");
    let page = public.as_ref().and_then(|public| join(public, "index.php"));
    let evidence = Evidence::file(wordpress.map(|name| (*name).to_owned()).or(page)?);
    let version = pins::choose(repo, "", &pins::PHP, Vec::new());
    let mut found = Found::of_catalog("", Role::Server, Fact::new("php", evidence.clone()), "php", version);
    if wordpress.is_some() {
        found = found.framework("wordpress", evidence.clone());
        found.app.toolchain.add("mysqli");
    }
    Some(found.run(serve(&public.unwrap_or_default()), evidence.clone()).port(port(repo, "", 8000)))
}
