//! Plans as text: what is wanted comes from a small manifest, what was found is made by hand.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use super::down::{plan_down, plan_restart};
use super::observed::{Change, FoundState, FoundUnit, InputChange, LastRun, Observed, Role, Stale, StepRecord};
use super::up::{images_needed, plan_up, with_needs};
use super::{Action, Plan};
use crate::model::resolve::{Facts, Identity, resolve};
use crate::model::{Fingerprint, Parts, Project, Sensitive};
use crate::names::{EnvironmentId, Name};
use crate::problem::Problem;

const SHOP: &str = "
services:
  db: postgres
  proxy: { use: nginx, needs: [api] }
apps:
  api:
    runtime: python
    setup:
      - pip install -r requirements.txt
      - { run: python migrate.py, inputs: [migrations/**] }
    run: python main.py
    port: 8000
    env: { DATABASE_URL: '${db.url}' }
";

const JOB: &str = "
services: { db: postgres }
apps:
  seed: { runtime: python, run: python seed.py, once: true, env: { DB: '${db.url}' } }
  api: { runtime: python, run: python main.py, port: 8000, needs: [seed] }
";

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn project(text: &str) -> Project {
    let manifest = crate::manifest::load("dev.yaml", text.as_bytes()).unwrap();
    let root = std::path::PathBuf::from("/home/sam/shop");
    let passwords = manifest.services.iter().map(|service| (service.name.value.clone(), Sensitive::new("pw")));
    let facts = Facts { passwords: passwords.collect(), salt: vec![1], ..Facts::default() };
    resolve(&manifest, &Identity { id: EnvironmentId::of_checkout(&root), root }, &facts).unwrap()
}

/// The environment as a successful `up` leaves it.
fn all_up(project: &Project) -> Observed {
    let succeeded = StepRecord { last: Some(LastRun::Succeeded), stale: None };
    let data = project.units.iter().filter_map(|unit| unit.data.as_ref());
    Observed {
        network: Some("one".into()),
        spare_networks: vec![],
        units: project.units.iter().map(|unit| found(project, unit.name.as_str(), FoundState::Running)).collect(),
        data: data.map(|data| (data.name.clone(), written(data.written_by.as_ref()))).collect(),
        data_in_use: std::collections::BTreeMap::new(),
        images: project.units.iter().map(image).collect(),
        unready: BTreeSet::new(),
        setup: project
            .units
            .iter()
            .map(|unit| (unit.name.clone(), vec![succeeded.clone(); unit.setup.steps.len()]))
            .collect(),
    }
}

fn changed(paths: &[&str]) -> Option<Stale> {
    let change = |path: &&str| InputChange { path: (*path).to_owned(), how: Change::Content };
    Some(Stale::Inputs(paths.iter().map(change).collect()))
}

fn written(by: Option<&(String, String)>) -> Option<String> {
    by.map(|(id, major)| format!("{id}@{major}"))
}

fn image(unit: &crate::model::Unit) -> crate::model::ImageRef {
    unit.image().cloned().unwrap()
}

fn found(project: &Project, unit: &str, state: FoundState) -> FoundUnit {
    FoundUnit {
        id: format!("{unit}-1"),
        name: name(unit),
        role: Role::Main,
        fingerprint: project.unit(&name(unit)).map_or(Fingerprint("old".into()), |unit| unit.fingerprint.clone()),
        made_from: project.unit(&name(unit)).map(|unit| unit.made_from.clone()).unwrap_or_default(),
        state,
    }
}

fn set_state(found: &mut Observed, unit: &str, state: FoundState) {
    found.units.iter_mut().find(|one| one.name.as_str() == unit).unwrap().state = state;
}

fn set_changed(found: &mut Observed, unit: &str) {
    let found = found.units.iter_mut().find(|one| one.name.as_str() == unit).unwrap();
    (found.fingerprint, found.made_from) = (Fingerprint("old".into()), Parts::default());
}

fn everything(project: &Project) -> BTreeSet<Name> {
    with_needs(project, &Observed::default(), &[])
}

fn up(project: &Project, found: &Observed) -> Plan {
    plan_up(project, found, &everything(project)).unwrap()
}

/// The plan for a person, and behind each removal and stop which of several it is about.
fn text(plan: &Plan, project: &Project) -> String {
    let lines = plan.render(project);
    let with_ids = lines.lines().map(str::trim_start).zip(&plan.steps).map(|(line, step)| match &step.action {
        Action::Stop { found } | Action::Remove { found } => format!("{line}  [{found}]\n"),
        Action::Start { found: Some(found) } => format!("{line}  [{found}]\n"),
        _ => format!("{line}\n"),
    });
    with_ids.collect()
}

fn check_up(project: &Project, found: &Observed, expected: Expect) {
    expected.assert_eq(&text(&up(project, found), project));
}

#[test]
fn from_nothing_everything_is_made_and_packages_are_fetched_before_the_database_is_ready() {
    let shop = project(SHOP);
    check_up(
        &shop,
        &Observed::default(),
        expect![[r#"
            1         make a private place for the services to find each other
            2  db     download PostgreSQL 17 (not on this computer yet)
            3  db     make its data folder
            4  db     create (new)  after 2, 3
            5  db     start  after 4, 1
            6  db     wait until ready  after 5
            7  api    download Python 3.13 (not on this computer yet)
            8  api    create (new)  after 7
            9  api    prepare the toolchain  after 1, 7
            10  api    set up: pip install -r requirements.txt (first time)  after 9
            11  api    set up: python migrate.py (first time)  after 10, 6
            12  api    start  after 8, 1, 11, 6
            13  api    wait until ready  after 12
            14  proxy  download nginx 1 (not on this computer yet)
            15  proxy  create (new)  after 14
            16  proxy  start  after 15, 1, 13
            17  proxy  wait until ready  after 16
        "#]],
    );
}

#[test]
fn when_all_runs_as_wanted_nothing_is_left_but_to_look() {
    let shop = project(SHOP);
    let found = all_up(&shop);
    assert!(up(&shop, &found).is_empty());
    assert!(images_needed(&shop, &found, &everything(&shop)).is_empty());
    check_up(
        &shop,
        &found,
        expect![[r#"
              1  db     check that it is still ready
              2  api    check that it is still ready
              3  proxy  check that it is still ready
        "#]],
    );
}

#[test]
fn what_changed_is_replaced_and_only_what_looks_up_its_address_once_restarts_with_it() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    set_changed(&mut found, "api");
    check_up(
        &shop,
        &found,
        expect![[r#"
              1  db     check that it is still ready
              2  api    stop (its settings changed)  [api-1]
              3  api    remove what it ran in, data is kept  after 2  [api-1]
              4  api    create (its settings changed)
              5  api    start  after 2, 4, 1
              6  api    wait until ready  after 5
              7  proxy  stop (what it needs was replaced)  [proxy-1]
              8  proxy  start  after 7, 6  [proxy-1]
              9  proxy  wait until ready  after 8
        "#]],
    );
    let mut found = all_up(&shop);
    set_changed(&mut found, "db");
    check_up(
        &shop,
        &found,
        expect![[r#"
              1  db     stop (its settings changed)  [db-1]
              2  db     remove what it ran in, data is kept  after 1  [db-1]
              3  db     create (its settings changed)
              4  db     start  after 1, 3
              5  db     wait until ready  after 4
              6  api    check that it is still ready  after 5
              7  proxy  check that it is still ready  after 5
        "#]],
    );
}

#[test]
fn what_stays_is_asked_again_once_what_it_can_do_without_has_been_replaced() {
    let text = "services: { cache: redis }\napps: { api: { image: x, port: 80, needs: [cache?] } }";
    let optional = project(text);
    let mut found = all_up(&optional);
    set_changed(&mut found, "cache");
    let plan = up(&optional, &found);
    let verify = plan.steps.iter().find(|step| matches!(step.action, Action::Verify { .. })).unwrap();
    let ready = plan.steps.iter().position(|step| step.action == Action::Ready).unwrap();
    assert_eq!((verify.after.as_slice(), verify.after_any.as_slice()), (&[][..], &[ready][..]));
}

#[test]
fn a_follower_restarts_even_when_only_the_app_behind_it_was_named() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    set_changed(&mut found, "api");
    let selected = with_needs(&shop, &found, &[name("api")]);
    let plan = plan_up(&shop, &found, &selected).unwrap();
    expect![[r#"
          1  db     check that it is still ready
          2  api    stop (its settings changed)  [api-1]
          3  api    remove what it ran in, data is kept  after 2  [api-1]
          4  api    create (its settings changed)
          5  api    start  after 2, 4, 1
          6  api    wait until ready  after 5
          7  proxy  stop (what it needs was replaced)  [proxy-1]
          8  proxy  start  after 7, 6  [proxy-1]
          9  proxy  wait until ready  after 8
    "#]]
    .assert_eq(&text(&plan, &shop));
    set_state(&mut found, "proxy", FoundState::Ended(0));
    let plan = plan_up(&shop, &found, &selected).unwrap();
    assert!(!plan.steps.iter().any(|step| step.unit == Some(name("proxy"))));
}

#[test]
fn a_new_generation_needs_its_image_only_when_it_is_not_here() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    set_changed(&mut found, "db");
    found.images.clear();
    let needed = images_needed(&shop, &found, &everything(&shop));
    assert_eq!(needed.into_iter().collect::<Vec<_>>(), [image(shop.unit(&name("db")).unwrap())]);
    check_up(
        &shop,
        &found,
        expect![[r#"
              1  db     download PostgreSQL 17 (not on this computer yet)
              2  db     stop (its settings changed)  after 1  [db-1]
              3  db     remove what it ran in, data is kept  after 2  [db-1]
              4  db     create (its settings changed)  after 1
              5  db     start  after 2, 4
              6  db     wait until ready  after 5
              7  api    check that it is still ready  after 6
              8  proxy  check that it is still ready  after 6
        "#]],
    );
}

#[test]
fn two_of_one_kind_are_downloaded_once() {
    let twins = project("services: { one: redis, two: redis }");
    check_up(
        &twins,
        &Observed::default(),
        expect![[r#"
            1       make a private place for the services to find each other
            2  one  download Redis 8 (not on this computer yet)
            3  one  make its data folder
            4  one  create (new)  after 2, 3
            5  one  start  after 4, 1
            6  one  wait until ready  after 5
            7  two  make its data folder
            8  two  create (new)  after 2, 7
            9  two  start  after 8, 1
            10  two  wait until ready  after 9
        "#]],
    );
}

#[test]
fn what_is_no_longer_in_the_manifest_stops_and_its_data_is_kept() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    found.units.push(self::found(&shop, "mail", FoundState::Running));
    found.units.push(self::found(&shop, "search", FoundState::Ended(143)));
    found.data.insert("mail-data".into(), None);
    check_up(
        &shop,
        &found,
        expect![[r#"
              1  mail    stop (no longer in dev.yaml)  [mail-1]
              2  mail    remove what it ran in, data is kept  after 1  [mail-1]
              3  search  remove what it ran in, data is kept (no longer in dev.yaml)  [search-1]
              4  db      check that it is still ready
              5  api     check that it is still ready
              6  proxy   check that it is still ready
        "#]],
    );
}

#[test]
fn after_a_stop_everything_starts_again_as_it_was() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    for (unit, code) in [("db", 0), ("api", 143), ("proxy", 1)] {
        set_state(&mut found, unit, FoundState::Ended(code));
    }
    check_up(
        &shop,
        &found,
        expect![[r#"
              1  db     start (stopped)  [db-1]
              2  db     wait until ready  after 1
              3  api    start (stopped)  after 2  [api-1]
              4  api    wait until ready  after 3
              5  proxy  start (it ended with 1)  after 4  [proxy-1]
              6  proxy  wait until ready  after 5
        "#]],
    );
}

#[test]
fn a_killed_run_is_finished() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    set_state(&mut found, "db", FoundState::Created);
    found.units.retain(|one| one.name.as_str() == "db");
    found.units.push(FoundUnit { role: Role::Setup, ..self::found(&shop, "api", FoundState::Running) });
    found.setup.get_mut(&name("api")).unwrap()[1] = StepRecord::default();
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  api    stop (left by an earlier run)  [api-1]
            2  api    remove what it ran in, data is kept  after 1  [api-1]
            3  db     start (an earlier run did not finish)  [db-1]
            4  db     wait until ready  after 3
            5  api    create (new)  after 2
            6  api    prepare the toolchain  after 2
            7  api    set up: python migrate.py (first time)  after 6, 4
            8  api    start  after 5, 2, 7, 4
            9  api    wait until ready  after 8
            10  proxy  create (new)
            11  proxy  start  after 10, 9
            12  proxy  wait until ready  after 11
        "#]],
    );
}

#[test]
fn a_successor_waits_until_the_predecessor_that_a_killed_run_left_has_stopped() {
    let shop = project("services: { db: postgres }");
    let mut found = all_up(&shop);
    set_state(&mut found, "db", FoundState::Created);
    let old = FoundUnit {
        id: "db-0".into(),
        fingerprint: Fingerprint("old".into()),
        ..self::found(&shop, "db", FoundState::Running)
    };
    found.units.push(old);
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  db  stop (left by an earlier run)  [db-0]
            2  db  remove what it ran in, data is kept  after 1  [db-0]
            3  db  start (an earlier run did not finish)  after 2  [db-1]
            4  db  wait until ready  after 3
        "#]],
    );
}

#[test]
fn a_second_network_that_a_killed_run_left_is_given_back() {
    let shop = project("services: { cache: redis }");
    let found = Observed { spare_networks: vec!["other".into()], ..all_up(&shop) };
    check_up(
        &shop,
        &found,
        expect![[r#"
        1         give back addresses that nothing uses (left by an earlier run)
        2  cache  check that it is still ready
    "#]],
    );
}

#[test]
fn what_the_engine_can_not_use_any_more_is_replaced() {
    let shop = project("services: { cache: redis }");
    let mut found = all_up(&shop);
    set_state(&mut found, "cache", FoundState::Unusable);
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  cache  remove what it ran in, data is kept (left broken by an earlier run)  [cache-1]
            2  cache  create (left broken by an earlier run)  after 1
            3  cache  start  after 1, 2
            4  cache  wait until ready  after 3
        "#]],
    );
}

#[test]
fn without_the_private_network_everything_but_a_job_that_is_done_is_made_again() {
    let shop = project(JOB);
    let mut found = all_up(&shop);
    found.network = None;
    set_state(&mut found, "db", FoundState::Ended(0));
    set_state(&mut found, "seed", FoundState::Ended(0));
    set_state(&mut found, "api", FoundState::Ended(143));
    check_up(
        &shop,
        &found,
        expect![[r#"
            1       make a private place for the services to find each other
            2  db   remove what it ran in, data is kept (its addresses were given back)  [db-1]
            3  db   create (its addresses were given back)  after 2
            4  db   start  after 2, 3, 1
            5  db   wait until ready  after 4
            6  api  remove what it ran in, data is kept (its addresses were given back)  [api-1]
            7  api  create (its addresses were given back)  after 6
            8  api  start  after 6, 7, 1
            9  api  wait until ready  after 8
        "#]],
    );
}

#[test]
fn a_job_runs_once_and_what_needs_it_waits_for_its_success() {
    let shop = project(JOB);
    check_up(
        &shop,
        &Observed::default(),
        expect![[r#"
            1        make a private place for the services to find each other
            2  db    download PostgreSQL 17 (not on this computer yet)
            3  db    make its data folder
            4  db    create (new)  after 2, 3
            5  db    start  after 4, 1
            6  db    wait until ready  after 5
            7  seed  download Python 3.13 (not on this computer yet)
            8  seed  create (new)  after 7
            9  seed  start  after 8, 1, 6
            10  seed  wait until ready  after 9
            11  api   create (new)  after 7
            12  api   start  after 11, 1, 10
            13  api   wait until ready  after 12
        "#]],
    );
    let mut found = all_up(&shop);
    set_state(&mut found, "seed", FoundState::Ended(0));
    assert!(up(&shop, &found).is_empty());
    set_state(&mut found, "seed", FoundState::Ended(1));
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  db    check that it is still ready
            2  seed  start (it ended with 1)  after 1  [seed-1]
            3  seed  wait until ready  after 2
            4  api   check that it is still ready  after 3
        "#]],
    );
}

#[test]
fn a_setup_step_runs_again_when_its_inputs_changed_or_it_failed() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    let steps = found.setup.get_mut(&name("api")).unwrap();
    steps[0].stale = changed(&["requirements.txt"]);
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  db     check that it is still ready
            2  api    prepare the toolchain
            3  api    set up: pip install -r requirements.txt (requirements.txt changed)  after 2
            4  api    stop (its setup is due)  after 3  [api-1]
            5  api    start  after 4, 3, 1  [api-1]
            6  api    wait until ready  after 5
            7  proxy  stop (what it needs was replaced)  after 3  [proxy-1]
            8  proxy  start  after 7, 6  [proxy-1]
            9  proxy  wait until ready  after 8
        "#]],
    );
    let steps = found.setup.get_mut(&name("api")).unwrap();
    steps[0].stale = None;
    steps[1] = StepRecord { last: Some(LastRun::Failed), stale: None };
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  db     check that it is still ready
            2  api    prepare the toolchain
            3  api    set up: python migrate.py (it failed the last time)  after 2, 1
            4  api    stop (its setup is due)  after 3  [api-1]
            5  api    start  after 4, 3, 1  [api-1]
            6  api    wait until ready  after 5
            7  proxy  stop (what it needs was replaced)  after 3  [proxy-1]
            8  proxy  start  after 7, 6  [proxy-1]
            9  proxy  wait until ready  after 8
        "#]],
    );
}

#[test]
fn setup_comes_before_a_running_app_is_replaced_and_its_followers_wait() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    set_changed(&mut found, "api");
    found.setup.get_mut(&name("api")).unwrap()[0].stale = changed(&["requirements.txt"]);
    check_up(
        &shop,
        &found,
        expect![[r#"
        1  db     check that it is still ready
        2  api    prepare the toolchain
        3  api    set up: pip install -r requirements.txt (requirements.txt changed)  after 2
        4  api    stop (its settings changed)  after 3  [api-1]
        5  api    remove what it ran in, data is kept  after 4  [api-1]
        6  api    create (its settings changed)
        7  api    start  after 4, 6, 3, 1
        8  api    wait until ready  after 7
        9  proxy  stop (what it needs was replaced)  after 3  [proxy-1]
        10  proxy  start  after 9, 8  [proxy-1]
        11  proxy  wait until ready  after 10
    "#]],
    );
}

#[test]
fn a_step_of_which_nothing_is_known_follows_those_before_it() {
    let shop = project(
        "apps:\n  api:\n    runtime: node\n    setup: [npm ci, npm run build, { run: ./seed.sh, inputs: [] }]\n    run: node .\n",
    );
    let mut found = all_up(&shop);
    found.setup.get_mut(&name("api")).unwrap()[0].stale = Some(Stale::Gone("node_modules".into()));
    check_up(
        &shop,
        &found,
        expect![[r#"
        1  api  set up: npm ci (node_modules is gone)
        2  api  set up: npm run build (after npm ci)  after 1
        3  api  stop (its setup is due)  after 2  [api-1]
        4  api  start  after 3, 2  [api-1]
        5  api  wait until ready  after 4
    "#]],
    );
}

#[test]
fn several_changed_inputs_are_counted() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    found.setup.get_mut(&name("api")).unwrap()[1].stale =
        changed(&["migrations/7.sql", "migrations/8.sql", "migrations/9.sql"]);
    let plan = up(&shop, &found);
    let because: Vec<&str> = plan.steps.iter().map(|step| step.because.as_str()).collect();
    assert!(because.contains(&"migrations/7.sql and 2 more changed"), "{because:?}");
}

#[test]
fn a_setup_whose_toolchain_was_cleaned_up_downloads_it_first() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    found.images.clear();
    found.setup.get_mut(&name("api")).unwrap()[0].stale = changed(&["requirements.txt"]);
    let needed = images_needed(&shop, &found, &everything(&shop));
    assert_eq!(needed.len(), 1);
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  db     check that it is still ready
            2  api    download Python 3.13 (not on this computer yet)
            3  api    prepare the toolchain  after 2
            4  api    set up: pip install -r requirements.txt (requirements.txt changed)  after 3
            5  api    stop (its setup is due)  after 4  [api-1]
            6  api    start  after 5, 4, 1  [api-1]
            7  api    wait until ready  after 6
            8  proxy  stop (what it needs was replaced)  after 4  [proxy-1]
            9  proxy  start  after 8, 7  [proxy-1]
            10  proxy  wait until ready  after 9
        "#]],
    );
}

#[test]
fn data_that_is_gone_takes_along_what_was_done_to_it() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    found.units.retain(|one| one.name.as_str() == "api");
    found.data.clear();
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  db     make its data folder
            2  db     create (new)  after 1
            3  db     start  after 2
            4  db     wait until ready  after 3
            5  api    prepare the toolchain
            6  api    set up: python migrate.py (`db` begins empty)  after 5, 4
            7  api    stop (its setup is due)  after 6  [api-1]
            8  api    start  after 7, 6, 4  [api-1]
            9  api    wait until ready  after 8
            10  proxy  create (new)
            11  proxy  start  after 10, 9
            12  proxy  wait until ready  after 11
        "#]],
    );
}

#[test]
fn a_job_that_served_data_which_is_gone_is_forgotten_before_the_data_is_made_again() {
    let shop = project(JOB);
    let mut found = all_up(&shop);
    set_state(&mut found, "seed", FoundState::Ended(0));
    found.units.retain(|one| one.name.as_str() != "db");
    found.data.clear();
    check_up(
        &shop,
        &found,
        expect![[r#"
            1  seed  remove what it ran in, data is kept (`db` begins empty)  [seed-1]
            2  db    make its data folder  after 1
            3  db    create (new)  after 2
            4  db    start  after 3
            5  db    wait until ready  after 4
            6  seed  create (`db` begins empty)  after 1
            7  seed  start  after 6, 1, 5
            8  seed  wait until ready  after 7
            9  api   check that it is still ready  after 8
        "#]],
    );
    // Not even when the job itself is not asked for now: it would be taken for done the next time.
    let plan = plan_up(&shop, &found, &with_needs(&shop, &found, &[name("db")])).unwrap();
    expect![[r#"
          1  seed  remove what it ran in, data is kept (`db` begins empty)  [seed-1]
          2  db    make its data folder  after 1
          3  db    create (new)  after 2
          4  db    start  after 3
          5  db    wait until ready  after 4
    "#]]
    .assert_eq(&text(&plan, &shop));
}

#[test]
fn an_optional_need_is_waited_for_whatever_its_end() {
    let shop = project(
        "
services: { db: postgres, mail: mailpit }
apps:
  api: { runtime: python, setup: python migrate.py, run: python main.py, port: 8000, needs: [db, mail?] }
",
    );
    check_up(
        &shop,
        &Observed::default(),
        expect![[r#"
            1        make a private place for the services to find each other
            2  db    download PostgreSQL 17 (not on this computer yet)
            3  db    make its data folder
            4  db    create (new)  after 2, 3
            5  db    start  after 4, 1
            6  db    wait until ready  after 5
            7  mail  download Mailpit 1 (not on this computer yet)
            8  mail  make its data folder
            9  mail  create (new)  after 7, 8
            10  mail  start  after 9, 1
            11  mail  wait until ready  after 10
            12  api   download Python 3.13 (not on this computer yet)
            13  api   create (new)  after 12
            14  api   prepare the toolchain  after 1, 12
            15  api   set up: python migrate.py (first time)  after 14, 6, 11
            16  api   start  after 13, 1, 15, 6, 11
            17  api   wait until ready  after 16
        "#]],
    );
}

#[test]
fn names_bring_what_they_need_and_nothing_else() {
    let shop = project(
        "
services: { db: postgres, cache: redis, mail: mailpit }
apps:
  api: { runtime: python, run: python main.py, port: 8000, needs: [db, mail?] }
  web: { runtime: node, run: npm start, port: 3000, needs: [api, cache] }
",
    );
    let selected = with_needs(&shop, &Observed::default(), &[name("api")]);
    let plan = plan_up(&shop, &Observed::default(), &selected).unwrap();
    expect![[r#"
        1        make a private place for the services to find each other
        2  db    download PostgreSQL 17 (not on this computer yet)
        3  db    make its data folder
        4  db    create (new)  after 2, 3
        5  db    start  after 4, 1
        6  db    wait until ready  after 5
        7  mail  download Mailpit 1 (not on this computer yet)
        8  mail  make its data folder
        9  mail  create (new)  after 7, 8
        10  mail  start  after 9, 1
        11  mail  wait until ready  after 10
        12  api   download Python 3.13 (not on this computer yet)
        13  api   create (new)  after 12
        14  api   start  after 13, 1, 6, 11
        15  api   wait until ready  after 14
    "#]]
    .assert_eq(&text(&plan, &shop));
}

#[test]
fn a_build_is_planned_like_a_download() {
    let shop = project("apps: { api: { build: Dockerfile, port: 8000 } }");
    check_up(
        &shop,
        &Observed::default(),
        expect![[r#"
              1       make a private place for the services to find each other
              2  api  build (not on this computer yet)
              3  api  create (new)  after 2
              4  api  start  after 3, 1
              5  api  wait until ready  after 4
        "#]],
    );
}

fn refused(wanted: &str, written_by: &str) -> Option<Problem> {
    let shop = project(&format!("services: {{ db: {wanted} }}"));
    let mut found = all_up(&shop);
    for by in found.data.values_mut() {
        *by = Some(written_by.to_owned());
    }
    plan_up(&shop, &found, &everything(&shop)).err().map(|problems| problems[0].clone())
}

#[test]
fn data_that_the_wanted_version_does_not_read_is_not_touched() {
    let problem = refused("postgres@17", "postgres@15").unwrap();
    assert_eq!((problem.kind.id, problem.exit.code()), ("data-other-version", 1));
    assert_eq!(problem.what, "the data of `db` was written by PostgreSQL 15");
    assert_eq!(problem.why, "PostgreSQL 17 does not read it; nothing was started or changed");
    for (wanted, by, is_refused) in [
        ("postgres@15", "postgres@15", false),
        ("mariadb", "mariadb@10", false),
        ("mariadb@10.11", "mariadb@11", true),
        ("mysql@8.4", "mysql@9", true),
        ("mysql@8.0", "mysql@8.4", true),
        ("mysql@8.4", "mysql@8.0", false),
        ("mysql@8", "mysql@8.4", false),
        ("mysql@9", "mysql@8.0", true),
        ("mariadb@11.4", "mariadb@11.8", true),
        ("mariadb@11.8", "mariadb@11.4", false),
        ("redis@7", "redis@8", true),
        ("postgres@17.2", "postgres@17.5", false),
        ("mongodb@6", "mongodb@5", false),
        ("mongodb@7", "mongodb@5", true),
        ("meilisearch", "meilisearch@1.36", true),
        ("elasticsearch", "elasticsearch@8.19.5", false),
        ("elasticsearch", "elasticsearch@7.17.29", true),
        ("mariadb", "postgres@17", true),
        ("valkey", "redis@8", true),
    ] {
        assert_eq!(refused(wanted, by).is_some(), is_refused, "{wanted} on data of {by}");
    }
}

#[test]
fn what_converts_its_data_step_by_step_is_told_the_next_step() {
    let problem = refused("mongodb@8", "mongodb@5").unwrap();
    assert_eq!(problem.why, "MongoDB 8 reads it only after 6 has been at work on it; nothing was started or changed");
    assert!(problem.fixes[0].starts_with("db: mongodb@6 "), "{:?}", problem.fixes);
    assert!(refused("mysql@9", "mysql@8.0").unwrap().fixes[0].starts_with("db: mysql@8.4 "));
}

#[test]
fn a_service_that_is_not_asked_for_keeps_nobody_waiting_with_its_data() {
    let shop = project("services: { db: postgres, cache: redis }");
    let mut found = all_up(&shop);
    let db = shop.unit(&name("db")).unwrap().data.clone().unwrap();
    found.data.insert(db.name, Some("postgres@15".into()));
    assert!(plan_up(&shop, &found, &everything(&shop)).is_err());
    assert!(plan_up(&shop, &found, &with_needs(&shop, &found, &[name("cache")])).is_ok());
}

#[test]
fn down_stops_what_runs_and_keeps_everything() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    set_state(&mut found, "proxy", FoundState::Ended(0));
    found.units.push(self::found(&shop, "mail", FoundState::Running));
    found.units.push(FoundUnit { role: Role::Setup, ..self::found(&shop, "api", FoundState::Running) });
    expect![[r#"
          1  db    stop  [db-1]
          2  api   stop  [api-1]
          3  mail  stop  [mail-1]
          4  api   remove what it ran in, data is kept  [api-1]
    "#]]
    .assert_eq(&text(&plan_down(&found, &BTreeSet::new()), &shop));
    expect![[r#"
          1  api  stop  [api-1]
          2  api  remove what it ran in, data is kept  [api-1]
    "#]]
    .assert_eq(&text(&plan_down(&found, &BTreeSet::from([name("api")])), &shop));
    assert!(plan_down(&Observed::default(), &BTreeSet::new()).is_empty());
}

#[test]
fn a_restart_goes_in_the_order_of_needs_and_takes_followers_along() {
    let shop = project(SHOP);
    let mut found = all_up(&shop);
    set_state(&mut found, "db", FoundState::Ended(1));
    let plan = plan_restart(&shop, &found, &[name("api"), name("db")]).unwrap();
    expect![[r#"
        1  db     start  [db-1]
        2  db     wait until ready  after 1
        3  api    stop  [api-1]
        4  api    start  after 2, 3  [api-1]
        5  api    wait until ready  after 4
        6  proxy  stop (what it needs was restarted)  [proxy-1]
        7  proxy  start  after 5, 6  [proxy-1]
        8  proxy  wait until ready  after 7
    "#]]
    .assert_eq(&text(&plan, &shop));
}

#[test]
fn what_was_not_ready_the_last_time_is_started_anew() {
    let shop = project("services: { db: postgres, cache: redis }");
    let mut found = all_up(&shop);
    found.unready.insert(name("cache"));
    check_up(
        &shop,
        &found,
        expect![[r#"
        1  db     check that it is still ready
        2  cache  stop (it does not answer)  [cache-1]
        3  cache  start  after 2  [cache-1]
        4  cache  wait until ready  after 3
    "#]],
    );
}

#[test]
fn what_was_never_up_can_not_be_restarted() {
    let shop = project(SHOP);
    assert_eq!(plan_restart(&shop, &Observed::default(), &[name("db")]), Err(name("db")));
    // Stopped so long ago that its addresses are somebody else's: `up` makes it again.
    let found = Observed { network: None, ..all_up(&shop) };
    assert_eq!(plan_restart(&shop, &found, &[name("db")]), Err(name("db")));
}

#[test]
fn a_plan_has_no_cycle_and_no_dangling_step() {
    for text in [SHOP, JOB] {
        let project = project(text);
        for found in [Observed::default(), Observed { network: None, ..all_up(&project) }, all_up(&project)] {
            for (index, step) in up(&project, &found).steps.iter().enumerate() {
                let waits: Vec<usize> = step.after.iter().chain(&step.after_any).copied().collect();
                assert!(waits.iter().all(|before| *before < index), "{step:?}");
                let once: BTreeSet<&usize> = waits.iter().collect();
                assert_eq!(once.len(), waits.len(), "waits twice for one: {step:?}");
            }
        }
    }
}

#[test]
fn what_is_optional_starts_only_when_named_or_needed_and_then_stays() {
    let shop = project(
        "
services:
  db: { use: postgres, optional: true }
  mail: { use: mailpit, optional: true }
  search: { use: meilisearch, optional: true }
apps:
  api: { runtime: python, run: python main.py, port: 8000, needs: [mail?], env: { U: \"${db.url}\" } }
",
    );
    let selected = |found: &Observed, names: &[Name]| {
        let selected = with_needs(&shop, found, names);
        selected.iter().map(Name::as_str).collect::<Vec<_>>().join(" ")
    };
    let nothing = Observed::default();
    assert_eq!(selected(&nothing, &[]), "api db");
    assert_eq!(selected(&nothing, &[name("mail")]), "mail");
    assert_eq!(selected(&nothing, &[name("api"), name("search")]), "api db search");
    let mut found = all_up(&shop);
    assert_eq!(selected(&found, &[]), "api db mail search");
    set_state(&mut found, "mail", FoundState::Ended(0));
    set_state(&mut found, "search", FoundState::Ended(1));
    assert_eq!(selected(&found, &[]), "api db search");
}
