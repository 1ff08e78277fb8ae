use super::project::{Condition, Service, Source};
use super::*;

fn reading(files: &[(&str, &str)]) -> Reading {
    let main = files.iter().map(|(path, _)| *path).filter(|path| !path.contains('/') && path.ends_with(".yaml"));
    read(&Repo::of(files), &Request { files: main.map(str::to_owned).collect(), ..Request::default() })
}

/// Of files that nothing is wrong with.
fn service(files: &[(&str, &str)], name: &str) -> Service {
    let reading = reading(files);
    assert_eq!(reading.refusals, []);
    reading.project.services.into_iter().find(|service| service.name == name).unwrap()
}

/// Why it is refused, each with its place.
fn refusals(files: &[(&str, &str)]) -> Vec<String> {
    let place = |refusal: &Refusal| refusal.place.as_ref().map_or("-".to_owned(), Place::to_string);
    reading(files).refusals.iter().map(|refusal| format!("{} {}", place(refusal), refusal.reason)).collect()
}

fn environment(service: &Service) -> Vec<String> {
    let shown =
        service.environment.iter().map(|it| format!("{}={}", it.key, it.value.as_deref().unwrap_or("<taken over>")));
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

fn mounts(service: &Service) -> Vec<String> {
    let source = |source: &Source| match source {
        Source::Bind(Location::Inside(path)) => format!("repo:{path}"),
        Source::Volume(name) => name.clone(),
        other => format!("{other:?}"),
    };
    service.mounts.iter().map(|mount| format!("{}>{}", source(&mount.source), mount.target)).collect()
}

#[test]
fn later_files_change_earlier_ones_by_the_rules_of_each_key() {
    let a = service(
        &[
            (
                "a.yaml",
                "services:\n  a:\n    image: x\n    command: one\n    ports: ['80:80', '81:81']\n    volumes: ['./a:/a', 'one:/v']\n    \
                 environment: {A: 1, B: 2}\n    depends_on: [b]\n    build: ./ctx\n  b: {image: y}\nvolumes: {one: , two: }\n",
            ),
            (
                "b.yaml",
                "services:\n  a:\n    image: z\n    command: [two, three]\n    ports: ['80:80', '82:82']\n    volumes: ['two:/v', './c:/c/']\n    \
                 environment: [A=3, B, D=a=b]\n    depends_on: {b: {condition: service_healthy}}\n    build: {target: t}\n",
            ),
        ],
        "a",
    );
    assert_eq!(a.image.as_deref(), Some("z"));
    assert_eq!(a.command.unwrap().words, ["two", "three"]);
    assert_eq!(a.ports.iter().map(|port| port.target.as_str()).collect::<Vec<_>>(), ["80", "81", "82"]);
    assert_eq!(mounts(&service_of(&a.mounts)), ["repo:a>/a", "two>/v", "repo:c>/c"]);
    assert_eq!(a.depends_on[0].condition, Condition::Healthy);
    let build = a.build.unwrap();
    assert_eq!((build.context, build.target.as_deref()), (Location::Inside("ctx".to_owned()), Some("t")));
    let shown: Vec<_> = a.environment.iter().map(|it| (it.key.as_str(), it.value.as_deref())).collect();
    assert_eq!(shown, [("A", Some("3")), ("B", None), ("D", Some("a=b"))]);
}

fn service_of(mounts: &[project::Mount]) -> Service {
    let mut any = service(&[("a.yaml", "services: {a: {image: x}}")], "a");
    any.mounts = mounts.to_vec();
    any
}

#[test]
fn reset_takes_away_and_override_replaces() {
    let a = service(
        &[
            (
                "a.yaml",
                "services: {a: {image: x, command: c, environment: {A: 1, B: 2}, ports: ['1:1'], volumes: ['./a:/a']}}",
            ),
            (
                "b.yaml",
                "services: {a: {command: !reset null, environment: {A: !reset null, C: 3}, ports: !override ['2:2'], volumes: !reset []}}",
            ),
        ],
        "a",
    );
    assert_eq!((a.command, &a.mounts[..]), (None, &[][..]));
    assert_eq!(a.ports.iter().map(|port| port.target.as_str()).collect::<Vec<_>>(), ["2"]);
    let keys: Vec<_> = a.environment.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["B", "C"]);
}

#[test]
fn what_a_service_extends_keeps_its_own_paths() {
    let a = service(
        &[
            ("a.yaml", "services: {a: {extends: {file: sub/b.yml, service: base}, volumes: ['./own:/own']}}"),
            (
                "sub/b.yml",
                "services: {base: {extends: {file: ../c.yml, service: deep}, build: {dockerfile: Q}, volumes: ['./b:/b']}}",
            ),
            ("c.yml", "services: {deep: {image: deep, volumes: ['./c:/c'], environment: {A: 1}}}"),
        ],
        "a",
    );
    assert_eq!(mounts(&a), ["repo:c>/c", "repo:sub/b>/b", "repo:own>/own"]);
    assert_eq!(environment(&a), ["A=1"]);
    assert_eq!(a.build.unwrap().context, Location::Inside(String::new()));
}

#[test]
fn included_projects_have_their_own_folder_and_variables() {
    let files = [
        (
            "a.yaml",
            "include: [inc/x.yml, {path: inc/y.yml, project_directory: ., env_file: inc/my.env}]\nservices: {a: {image: 'x:${V:-none}'}}",
        ),
        ("inc/x.yml", "services: {i: {image: 'i:${V:-none}', build: {dockerfile: E}, volumes: ['./d:/d']}}"),
        ("inc/.env", "V=dotenv"),
        ("inc/my.env", "V=mine"),
        ("inc/y.yml", "services: {j: {image: 'j:${V:-none}', volumes: ['./d:/d']}}"),
    ];
    let image = |name| service(&files, name).image.unwrap();
    assert_eq!(["a", "i", "j"].map(image), ["x:none", "i:dotenv", "j:mine"]);
    let (i, j) = (service(&files, "i"), service(&files, "j"));
    assert_eq!([mounts(&i), mounts(&j)], [["repo:inc/d>/d"], ["repo:d>/d"]]);
    assert_eq!(i.build.unwrap().context, Location::Inside("inc".to_owned()));
}

#[test]
fn what_is_set_wins_over_the_file_of_variables() {
    let files = [
        ("a.yaml", "services: {a: {image: '$A-$B-$C-${D?}'}}"),
        (".env", "A=file\nB=file\nD=${A}\n"),
        ("e", "C=e\nD=e"),
    ];
    let set = [("A".to_owned(), "set".to_owned())];
    let request = Request { files: vec!["a.yaml".to_owned()], variables: set.into(), ..Request::default() };
    let from_file = read(&Repo::of(&files), &request);
    assert_eq!(from_file.project.services[0].image.as_deref(), Some("set-file--set"));
    assert_eq!(from_file.unset, ["C"]);
    let stand_ins = [(".env".to_owned(), Some("e".to_owned()))].into();
    let others = read(&Repo::of(&files), &Request { stand_ins, ..request });
    assert_eq!(others.project.services[0].image.as_deref(), Some("set--e-e"));
}

#[test]
fn every_reason_to_refuse_is_told_at_once_with_its_place() {
    let text = "services:\n  a:\n    image: ${REG:?set it}\n    foo: 1\n    volumes: [data:/x, '::/y']\n    networks: [n]\n    \
                secrets: [s]\n    configs: [c]\n    env_file: .nope\n    depends_on: [b, zz]\n  b: {depends_on: [a]}\n";
    let mut found = refusals(&[("a.yaml", text)]);
    found.sort();
    assert_eq!(
        found,
        [
            "a.yaml:10 service \"a\" depends on undefined service \"zz\"",
            "a.yaml:11 depends_on goes in a circle: a -> b -> a",
            "a.yaml:11 service \"b\" has neither `image` nor `build`",
            "a.yaml:2 service \"a\" has neither `image` nor `build`",
            "a.yaml:3 the required variable REG has no value: set it",
            "a.yaml:4 `services.a.foo` is nothing that such a file knows",
            "a.yaml:5 `::/y` can't be read: empty section between colons",
            "a.yaml:5 service \"a\" refers to \"data\", which is not among the `volumes`",
            "a.yaml:6 service \"a\" refers to \"n\", which is not among the `networks`",
            "a.yaml:7 service \"a\" refers to \"s\", which is not among the `secrets`",
            "a.yaml:8 service \"a\" refers to \"c\", which is not among the `configs`",
            "a.yaml:9 env file .nope not found",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn values_of_a_wrong_kind_are_named() {
    for (service, wanted) in [
        ("{image: 5}", "`services.a.image` has to be text, not a number"),
        ("{image: x, ports: {a: b}}", "`services.a.ports` has to be a list, not a mapping"),
        ("{image: x, ports: }", "`services.a.ports` has to be a list, not nothing"),
        ("{image: x, user: 1000}", "`services.a.user` has to be text, not a number"),
        (
            "{image: x, ports: ['80-81:90-92']}",
            "`80-81:90-92` can't be read: the ranges 80-81 and 90-92 are not of one length",
        ),
        (
            "{image: x, healthcheck: {interval: 5}}",
            "`services.a.healthcheck.interval` has to be a time such as 30s or 1m30s, not a number",
        ),
        ("{image: x, environment: {A: '${'}}", "`${` is no variable; a `$` that is meant as text is `$$`"),
        ("{image: x, command: 'a \"b'}", "`a \"b` can't be read: the command leaves a quote or a bracket open"),
        ("{image: x, shm_size: big}", "`services.a.shm_size` has to be a size such as 512m, not text"),
    ] {
        let found = refusals(&[("a.yaml", &format!("services:\n  a: {service}\n"))]);
        assert_eq!(found, [format!("a.yaml:2 {wanted}")], "{service}");
    }
    assert_eq!(
        refusals(&[("a.yaml", "version: 3.8\nservices: {a: {image: x}}")]),
        ["a.yaml:1 `version` has to be text, not a number"]
    );
}

#[test]
fn a_key_without_a_value_may_be_made_up_for_by_another_file() {
    let files =
        [("a.yaml", "services: {a: {image: x, ports: ['1:1']}}"), ("b.yaml", "services: {a: {image: , ports: }}")];
    assert_eq!(service(&files, "a").ports.len(), 1);
}

#[test]
fn nothing_leads_out_comes_from_elsewhere_or_goes_on_for_ever() {
    for (files, wanted) in [
        (
            vec![("a.yaml", "include: ['https://example.com/x.yml']")],
            "include comes from https://example.com/x.yml, and addresses are not fetched: copy it into the repo and name it there",
        ),
        (vec![("a.yaml", "include: [../x.yml]")], "include leads out of the repo: ../x.yml"),
        (
            vec![("a.yaml", "services: {a: {extends: {file: /etc/passwd, service: b}, image: x}}")],
            "extends leads out of the repo: /etc/passwd",
        ),
        (
            vec![("a.yaml", "include: [b/b.yml]"), ("b/b.yml", "include: [../a.yaml]")],
            "include goes in a circle: a.yaml -> b/b.yml -> a.yaml",
        ),
        (vec![("a.yaml", "services: {a: {extends: a, image: x}}")], "extends goes in a circle: a -> a"),
        (vec![("a.yaml", "include: [nope.yml]")], "nope.yml is not there or can't be read"),
        (vec![("a.yaml", "a: [")], "it is not YAML"),
    ] {
        let found = refusals(&files);
        assert!(found.len() == 1 && found[0].contains(wanted), "{found:?}");
        assert!(!found[0].contains(" column "), "{found:?}");
    }
}

#[test]
fn chains_and_copies_without_an_end_are_stopped() {
    let mut chain = "services:\n  s0: {image: x}\n".to_owned();
    for number in 1..3_000 {
        chain.push_str(&format!("  s{number}: {{extends: s{}}}\n", number - 1));
    }
    assert!(refusals(&[("a.yaml", &chain)]).iter().any(|why| why.contains("extends is nested too deep")));

    let names: Vec<String> = (0..9).map(|level| format!("x/{level}.yml")).collect();
    let texts: Vec<String> =
        (1..=9).map(|level| format!("include: [{level}.yml, {level}.yml, {level}.yml]\n")).collect();
    let mut files = vec![("a.yaml", "include: [x/0.yml]")];
    files.extend(names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())));
    assert!(refusals(&files).iter().any(|why| why.contains("include is nested too deep")));

    let circle =
        "services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [c]}, c: {image: x, depends_on: [b]}}";
    assert_eq!(refusals(&[("a.yaml", circle)]), ["a.yaml:1 depends_on goes in a circle: b -> c -> b"]);
}

/// Everything can be read; only what is named is carried by the repo.
struct Ignored(Vec<(&'static str, &'static str)>);

impl repo::Source for Ignored {
    fn read(&self, path: &str, _: usize) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|(own, _)| *own == path);
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| "it is not there".to_owned())
    }
}

#[test]
fn what_the_repo_does_not_carry_is_never_read() {
    let files = vec![
        ("compose.yaml", "include: [sub/compose.yaml]\nservices: {b: {extends: {file: own.yaml, service: b}}}\n"),
        ("sub/compose.yaml", "services: {a: {image: 'x:${TAG:-1}', environment: {K: '$KEY'}}}\n"),
        ("sub/.env", "TAG=2\nKEY=private\n"),
        (".env", "KEY=private\n"),
        ("own.yaml", "services: {b: {image: private}}\n"),
    ];
    let paths = vec!["compose.yaml".to_owned(), "sub/compose.yaml".to_owned()];
    let repo = Repo::new(paths, Box::new(Ignored(files)));
    let found = read(&repo, &Request { files: vec!["compose.yaml".to_owned()], ..Request::default() });
    assert!(!format!("{found:?}").contains("private"), "{found:?}");
    let included = found.project.services.iter().find(|service| service.name == "a").unwrap();
    assert_eq!(included.image.as_deref(), Some("x:1"));
    assert!(found.refusals.iter().any(|it| it.reason == Reason::NoFile("own.yaml".to_owned())), "{:?}", found.refusals);
}

#[test]
fn a_project_that_grows_without_an_end_is_refused() {
    let long = format!("A={}\n", "a".repeat(900_000));
    let list: String = (0..50).map(|_| "      - $A\n").collect();
    let text = format!("services:\n  a:\n    image: x\n    command:\n{list}");
    let found = refusals(&[("a.yaml", &text), (".env", &long)]);
    assert_eq!(found, ["a.yaml:13 it has too many values when everything is written out"]);
    let many: String = (0..500).map(|number| format!("  s{number}: {{image: '${{X{number}:?}}'}}\n")).collect();
    assert_eq!(refusals(&[("a.yaml", &format!("services:\n{many}"))]).len(), 100);
}
