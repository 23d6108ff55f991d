//! The paths that a change could spoil without a test seeing it.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use criterion::{Criterion, criterion_group, criterion_main};
use dragonfly_ops::adapters::postgres::classify::by_sqlstate;
use dragonfly_ops::app::App;
use dragonfly_ops::domain::fault::Fault;
use dragonfly_ops::domain::gate::{Gate, GateLimits, Probe, Run};
use dragonfly_ops::domain::taxonomy::Code;
use dragonfly_ops::domain::trace::Trace;
use dragonfly_ops::http::Answers as _;
use dragonfly_ops::http::server::Server;
use dragonfly_ops::reading::sql_mask::mask;
use dragonfly_ops::settings::Settings;
use dragonfly_ops::telemetry::metrics::Metrics;
use tokio::time::Instant;

struct Passes;

impl Probe for Passes {
    type Evidence = ();

    fn run<'a>(&'a self, _trace: &'a Trace, _deadline: Instant) -> Run<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn overdue(&self, _phase: Option<&'static str>, _timeout: Duration) -> Fault {
        Fault::new(Code::DbTimeout, "")
    }
}

fn gate(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let limits = GateLimits {
        timeout: Duration::from_secs(5),
        freshness: Duration::from_hours(1),
    };
    let gate = Gate::new(
        "bench",
        Passes,
        limits,
        vec![Box::new(Metrics::new().check("bench"))],
    );
    runtime.block_on(gate.check(Instant::now(), "first"));
    criterion.bench_function("the gate, when fresh", |bencher| {
        bencher.iter(|| runtime.block_on(gate.check(Instant::now(), black_box("id"))));
    });
}

fn answers(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let settings = Settings::load(std::collections::BTreeMap::new(), None);
    let service = Server::new(&App::new(settings)).service;
    let peer = Ipv4Addr::LOCALHOST.into();
    for (name, path) in [
        ("/api/health", "/api/health"),
        ("the problem of a check", "/api/health/db"),
        ("the problem of a path", "/nowhere"),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let request = Request::get(path)
                    .header("host", "localhost")
                    .body(Body::empty())
                    .expect("a request");
                runtime.block_on(service.answer(request, peer))
            });
        });
    }
}

fn classifier(criterion: &mut Criterion) {
    let message = "server login has been failing, try again later (server_login_retry)";
    criterion.bench_function("the classifier", |bencher| {
        bencher.iter(|| by_sqlstate(black_box("08P01"), black_box(message)));
    });
}

fn masker(criterion: &mut Criterion) {
    let sql = "SELECT p.id, p.name FROM plaintiffs AS p JOIN plaintiff_contacts AS c ON c.plaintiff = p.id \
               WHERE p.email = 'someone@example.com' AND c.phone IN ('1', '2', '3') AND p.age > 42 LIMIT 10";
    criterion.bench_function("the masker", |bencher| {
        bencher.iter(|| mask(black_box(sql), 200));
    });
}

criterion_group!(hot_paths, gate, answers, classifier, masker);
criterion_main!(hot_paths);
