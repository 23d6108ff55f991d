//! Looks at everything that the service rests on, and changes nothing.

mod vendors;

use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::time::Instant;

use crate::adapters::postgres::examine::{examine, nothing};
use crate::app::App;
use crate::app::neighbour::Neighbour;
use crate::app::silence::{in_the_way, said_of_database};
use crate::domain::activity::{Activity, Served};
use crate::domain::check::Check;
use crate::domain::doctor::railway::RailwayFacts;
use crate::domain::doctor::rest::{Key, RestFacts};
use crate::domain::doctor::telling::TellingFacts;
use crate::domain::doctor::{self, Facts, Look, Missed, database, schema};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::gate::once;
use crate::domain::silence::{Other, SeenOfDatabase, explain_database, explain_rest};
use crate::domain::smoke::Relation;
use crate::domain::target::Proven;
use crate::domain::taxonomy::Code;
use crate::settings::{DatabaseSettings, Settings, SupabaseSettings, variables};

/// Between two questions to Railway, however often it is looked at everything else.
const RAILWAY_PAUSE: Duration = Duration::from_secs(15);

/// Whoever looks, several times if need be, with one memory of what was rejected.
#[derive(Debug)]
pub struct Doctor<'a> {
    app: &'a App,
    proven: Proven,
    /// The way to the database that must not be tried again: its login was rejected.
    rejected: Option<Look<database::Reach>>,
    /// What Supabase said when it was last asked, where it is to be left alone.
    silence: Option<Silence>,
    /// What ran at Railway, and until when that is good enough.
    railway: Option<(Instant, Look<RailwayFacts>)>,
}

/// What Supabase said, and until when it is not asked again.
#[derive(Debug)]
struct Silence {
    fault: Fault,
    /// Nothing: for good, as it rejected the key.
    until: Option<Instant>,
}

impl<'a> Doctor<'a> {
    /// A doctor who has not looked yet.
    #[must_use]
    pub fn new(app: &'a App, proven: Proven) -> Self {
        Self {
            app,
            proven,
            rejected: None,
            silence: None,
            railway: None,
        }
    }

    /// Looks at everything once.
    pub async fn look(&mut self) -> Facts {
        let app = self.app;
        // Once the silence is over, it is asked again.
        self.silence
            .take_if(|silence| silence.until.is_some_and(|until| until <= Instant::now()));
        let silent = self.silence.as_ref().map(|silence| silence.fault.clone());
        let known = self.railway.take_if(|(until, _)| *until > Instant::now());
        let railway = async {
            match known {
                Some(known) => Some(known),
                None => app
                    .look_at_railway(&self.proven.environment)
                    .await
                    .map(remembered),
            }
        };
        let ((mut database, schema, work), mut rest, railway, n8n, vendor_pages) = tokio::join!(
            app.look_at_database(self.rejected.as_ref()),
            app.look_at_api(silent),
            railway,
            app.look_at_n8n(),
            app.look_at_vendor_pages(),
        );
        self.railway.clone_from(&railway);
        explain_silence(&app.settings, &mut database.reach, &mut rest, &work);
        if wait_of(&database.reach).is_some() {
            self.rejected = Some(database.reach.clone());
        }
        let asked_to_wait = wait_of(&rest.reach)
            .or_else(|| rest.relations.iter().find_map(|(_, look)| wait_of(look)));
        if let (None, Some((wait, fault))) = (&self.silence, asked_to_wait) {
            let is_rejection = fault.code != Code::VendorRateLimited;
            self.silence = Some(Silence {
                fault,
                until: (!is_rejection).then(|| Instant::now() + wait),
            });
        }
        Facts {
            target: app.settings.target.clone(),
            proven: self.proven.clone(),
            settings: look_at_settings(&app.settings),
            database,
            schema,
            rest,
            work,
            railway: railway.map(|(_, look)| look),
            n8n,
            telling: look_at_telling(&app.settings),
            vendor_pages,
        }
    }

    /// What was not well and may pass until then, by its id and code.
    #[must_use]
    pub fn passing(&self, checks: &[Check], until: Instant) -> Vec<String> {
        checks
            .iter()
            .filter(|check| check.is_retryable() && !self.is_hopeless(check.id, until))
            .map(|check| match check.code {
                Some(code) => format!("{} {code}", check.id),
                None => check.id.to_owned(),
            })
            .collect()
    }

    /// Whether it will not be asked again before the time is over.
    fn is_hopeless(&self, id: &str, until: Instant) -> bool {
        match id {
            "database.reach" => self.rejected.is_some(),
            "postgrest.reach" => self
                .silence
                .as_ref()
                .is_some_and(|silence| silence.until.is_none_or(|end| end > until)),
            "railway.reach" | "railway.deployment" => {
                self.railway.as_ref().is_some_and(|(end, _)| *end > until)
            }
            _ => false,
        }
    }
}

/// What was found, and until when it is not asked for again: as Railway wishes, or for a while. An
/// account without a plan has a hundred requests an hour.
fn remembered(look: Look<RailwayFacts>) -> (Instant, Look<RailwayFacts>) {
    let wait = wait_of(&look).map_or(RAILWAY_PAUSE, |(wait, _)| wait);
    (Instant::now() + wait, look)
}

fn failed<T>(fault: Fault) -> Look<T> {
    Look {
        found: Err(Missed::Failed(fault)),
        took: Duration::ZERO,
    }
}

/// Whether it concerns the table that was asked for, and not all of them.
fn is_of_table(fault: &Fault) -> bool {
    matches!(fault.code, Code::ValSchema | Code::AuthForbidden)
}

/// How long somebody is to be left alone, where that is so.
fn wait_of<T>(look: &Look<T>) -> Option<(Duration, Fault)> {
    match &look.found {
        Err(Missed::Failed(fault)) => Some((fault.retry_after?, fault.clone())),
        Ok(_) | Err(Missed::After(_)) => None,
    }
}

/// What the silence of one of the two means, by what was seen of the other at the same time.
fn explain_silence(
    settings: &Settings,
    database: &mut Look<database::Reach>,
    rest: &mut RestFacts,
    work: &Look<Activity>,
) {
    let is_pooled = settings.database.as_ref();
    let is_pooled = is_pooled.is_ok_and(|database| database.route().is_pooled());
    let table = settings.supabase.as_ref().ok();
    let seen = SeenOfDatabase {
        database: seen_of(database),
        lock: (work.found.as_ref().ok()).and_then(|work| {
            let table = table.map(|supabase| supabase.table.as_str());
            in_the_way(work, table)
        }),
        // Both are asked at the same time.
        is_current: true,
    };
    let seen_by_rest = seen_of(&rest.reach);
    database.explain(|fault| explain_database(fault, is_pooled, seen_by_rest));
    rest.reach.explain(|fault| explain_rest(fault, &seen));
    for (_, look) in &mut rest.relations {
        look.explain(|fault| explain_rest(fault, &seen));
    }
}

/// What a look says of the database, its own or that below REST.
fn seen_of<T>(look: &Look<T>) -> Other {
    match &look.found {
        Ok(_) => Other::Answers,
        Err(Missed::Failed(fault)) => said_of_database(fault),
        Err(Missed::After(_)) => Other::Unknown,
    }
}

fn look_at_settings(settings: &Settings) -> doctor::settings::SettingsFacts {
    let health = &settings.health;
    doctor::settings::SettingsFacts {
        faults: settings.faults.clone(),
        has_operator: settings.access.has_operator(),
        route: settings.database.as_ref().ok().map(DatabaseSettings::route),
        deadlines: vec![
            ("HEALTH_DB_TIMEOUT", health.db_timeout),
            ("HEALTH_SUPABASE_TIMEOUT", health.supabase_timeout),
            ("HEALTH_OPS_TIMEOUT", health.ops_timeout),
        ],
        idle_timeout: settings.server.idle_timeout,
    }
}

fn look_at_telling(settings: &Settings) -> TellingFacts {
    let telling = &settings.telling;
    let slack = telling.slack.as_ref().ok();
    let public_url = telling.public_url.as_ref().ok().and_then(Option::as_ref);
    TellingFacts {
        slack: slack.map(Option::is_some),
        has_button: slack
            .and_then(Option::as_ref)
            .is_some_and(|slack| slack.signing_secret.is_some()),
        discord: telling.discord.as_ref().ok().map(Option::is_some),
        heartbeat: telling.heartbeat.as_ref().ok().map(Option::is_some),
        has_link: public_url.is_some() && settings.access.has_operator(),
        watches: !settings.watch_interval.is_zero(),
    }
}

impl App {
    async fn look_at_database(
        &self,
        rejected: Option<&Look<database::Reach>>,
    ) -> (database::DatabaseFacts, schema::SchemaFacts, Look<Activity>) {
        let unreached = |reach| {
            let (database, schema) = nothing(reach);
            (database, schema, Look::after("database.reach"))
        };
        let database = match self.database() {
            Ok(database) => database,
            // The driver makes more of a URL than the settings do.
            Err(fault) if self.settings.database.is_ok() => return unreached(failed(fault)),
            Err(_) => return unreached(Look::after("settings.valid")),
        };
        if let Some(reach) = rejected {
            return unreached(reach.clone());
        }
        let health = &self.settings.health;
        let business = self.settings.smoke.as_deref().unwrap_or_default();
        let timeouts = (health.db_timeout, health.ops_timeout);
        let (found, schema) = examine(database, timeouts, business, self.tables()).await;
        if found.reach.found.is_err() {
            let asked = self.ask_neighbour(&found.reach).await;
            let (database, schema, after) = unreached(found.reach);
            return (database, schema, asked.unwrap_or(after));
        }
        let began = Instant::now();
        let work = Look {
            found: self.read_activity().await.map_err(Missed::Failed),
            took: began.elapsed(),
        };
        (found, schema, work)
    }

    /// What goes on in the database by the instance on this machine, where only new sessions are refused.
    async fn ask_neighbour(&self, reach: &Look<database::Reach>) -> Option<Look<Activity>> {
        let began = Instant::now();
        let is_full = matches!(&reach.found, Err(Missed::Failed(fault)) if fault.code == Code::DbPoolExhausted);
        if !is_full {
            return None;
        }
        let proven = self.settings.target.prove(None).ok()?;
        let neighbour = Neighbour::here(&self.settings, &proven.environment).await?;
        Some(Look {
            found: Ok(neighbour.read_activity().await.ok()?),
            took: began.elapsed(),
        })
    }

    /// `silent` is what Supabase said when it asked to be left alone.
    async fn look_at_api(&self, silent: Option<Fault>) -> RestFacts {
        let supabase = self.settings.supabase.as_ref().ok();
        let reach = match (supabase, silent) {
            (None, _) => Look::after("settings.valid"),
            (Some(_), Some(fault)) => failed(fault),
            (Some(supabase), None) => {
                let timeout = self.settings.health.supabase_timeout;
                self.read_row(supabase.clone(), timeout).await
            }
        };
        let relations = match supabase {
            Some(supabase) => self.look_at_relations(supabase, &reach).await,
            None => Vec::new(),
        };
        RestFacts {
            reach,
            key: supabase.map(|supabase| Key::of(supabase.key.expose_secret())),
            relations,
            variable: supabase.map_or(variables::SUPABASE_SERVICE_ROLE_KEY.name, |supabase| {
                supabase.validity.variable
            }),
            now: Timestamp::now(),
        }
    }

    /// Whether the API knows each relation. Those of other schemas than `public` are not asked for:
    /// which of these are exposed is not known here.
    async fn look_at_relations(
        &self,
        supabase: &SupabaseSettings,
        reach: &Look<Served>,
    ) -> Vec<(Relation, Look<()>)> {
        let mut relations: Vec<_> = self.settings.smoke.clone().unwrap_or_default();
        relations.retain(Relation::is_public);
        let first = Relation::parse(&supabase.table);
        if let Some(first) = &first {
            relations.retain(|relation| relation != first);
            relations.insert(0, first.clone());
        }
        // What is wrong with one table is not wrong with the others; anything else is.
        let mut obstacle = match &reach.found {
            Err(Missed::Failed(fault)) if is_of_table(fault) => None,
            Err(_) => Some("postgrest.reach"),
            Ok(_) => None,
        };
        let deadline = Instant::now() + self.settings.health.supabase_timeout;
        let mut looks = Vec::new();
        for relation in relations {
            let look = if let Some(obstacle) = obstacle {
                Look::after(obstacle)
            } else if first.as_ref() == Some(&relation) {
                Look {
                    found: reach.found.clone().map(drop),
                    took: reach.took,
                }
            } else {
                self.look_at_relation(supabase, &relation, deadline).await
            };
            if let Err(Missed::Failed(fault)) = &look.found
                && !is_of_table(fault)
            {
                obstacle = Some("postgrest.schema-cache");
            }
            looks.push((relation, look));
        }
        looks
    }

    async fn look_at_relation(
        &self,
        supabase: &SupabaseSettings,
        relation: &Relation,
        deadline: Instant,
    ) -> Look<()> {
        let left = || deadline.saturating_duration_since(Instant::now());
        let mut look = self.read_row(supabase.reading(relation), left()).await;
        if let Err(Missed::Failed(fault)) = &look.found
            && fault.kind == Some(FaultKind::NoIdColumn)
        {
            look = self.read_row(supabase.knowing(relation), left()).await;
        }
        Look {
            found: look.found.map(drop).map_err(|missed| match missed {
                Missed::Failed(fault) if fault.code == Code::AuthForbidden => {
                    Missed::Failed(fault.check_first("The grants of the role service_role"))
                }
                missed => missed,
            }),
            took: look.took,
        }
    }

    async fn read_row(&self, supabase: SupabaseSettings, timeout: Duration) -> Look<Served> {
        let began = Instant::now();
        Look {
            found: once(&self.rest(Ok(supabase)), timeout)
                .await
                .map_err(Missed::Failed),
            took: began.elapsed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that rejects every login, and how often somebody tried.
    async fn rejecting() -> (u16, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let logins = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&logins);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut startup = [0; 1024];
                if stream.read(&mut startup).await.is_ok_and(|read| read > 0) {
                    count.fetch_add(1, Ordering::SeqCst);
                    let fields = b"SFATAL\0C28P01\0Mno\0\0";
                    let length = u32::try_from(fields.len() + 4).expect("it is short");
                    let answer = [b"E", length.to_be_bytes().as_slice(), fields].concat();
                    let _ = stream.write_all(&answer).await;
                }
            }
        });
        (port, logins)
    }

    #[tokio::test]
    async fn a_rejected_login_is_not_tried_again_even_after_its_silence() {
        let (port, logins) = rejecting().await;
        let url = format!("postgres://u:p@127.0.0.1:{port}/x?sslmode=disable");
        let environment = [("DATABASE_URL", url.as_str()), ("STATUS_PAGES", "off")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::load(environment.into(), None);
        let proven = settings.target.prove(None).expect("nothing contradicts");
        let app = App::new(settings);
        let mut doctor = Doctor::new(&app, proven);
        for _ in 0..3 {
            let facts = doctor.look().await;
            let reach = doctor::judge(&facts)
                .into_iter()
                .find(|check| check.id == "database.reach");
            let code = reach.and_then(|check| check.code);
            assert_eq!(code, Some(Code::ConfigInvalid));
            // Longer than any silence.
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(3_600)).await;
            tokio::time::resume();
        }
        assert_eq!(logins.load(Ordering::SeqCst), 1);
    }
}
