//! Where Supabase's API is, and with which key to ask it.

use secrecy::SecretString;
use url::Url;

use crate::domain::fault::Fault;
use crate::domain::smoke::{Relation, is_identifier};
use crate::domain::target;
use crate::settings::source::{Source, invalid};
use crate::settings::variables;

/// Where Supabase's API is, and with which key to ask it.
#[derive(Debug, Clone)]
pub struct SupabaseSettings {
    /// The row that the check asks for.
    pub row_url: Url,
    /// The key: `sb_secret_...` or a legacy JWT.
    pub key: SecretString,
    /// The table that is read.
    pub table: String,
}

impl SupabaseSettings {
    /// Reads URL, key and table.
    ///
    /// # Errors
    ///
    /// DFE-CFG-001 where one is missing, DFE-CFG-002 where one cannot be right.
    pub fn read(source: &Source) -> Result<Self, Fault> {
        let base = source.require(&variables::SUPABASE_URL)?;
        let key = source.require(&variables::SUPABASE_KEY)?;
        let table = source.find(&variables::SUPABASE_HEALTH_TABLE).map_or_else(
            || variables::SUPABASE_HEALTH_TABLE.default.to_owned(),
            |found| found.value,
        );
        if !is_identifier(&table) {
            return Err(invalid(
                variables::SUPABASE_HEALTH_TABLE.name,
                "it has to be a plain table name",
            ));
        }
        if !key.value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(invalid(
                key.name,
                "a key has no spaces, line breaks or accents",
            ));
        }
        Ok(Self {
            row_url: row_url(base.name, &base.value, &table)?,
            key: SecretString::from(key.value),
            table,
        })
    }

    /// The same for another table or view of the schema that is exposed by default: one row, of its
    /// `id` alone.
    #[must_use]
    pub fn reading(&self, relation: &Relation) -> Self {
        self.asking(relation, "select=id&limit=1")
    }

    /// The same for what may have no `id`: no row is asked for, so that none of it is read.
    #[must_use]
    pub fn knowing(&self, relation: &Relation) -> Self {
        self.asking(relation, "limit=0")
    }

    fn asking(&self, relation: &Relation, query: &str) -> Self {
        let mut settings = self.clone();
        settings.table.clone_from(&relation.name);
        if let Ok(mut segments) = settings.row_url.path_segments_mut() {
            segments.pop().push(&relation.name);
        }
        settings.row_url.set_query(Some(query));
        settings
    }
}

fn row_url(name: &str, text: &str, table: &str) -> Result<Url, Fault> {
    let mut url = Url::parse(text).map_err(|_| invalid(name, "it is no URL"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_private(&url) => {}
        "http" => {
            return Err(invalid(
                name,
                "the key would travel unencrypted; use https://",
            ));
        }
        _ => return Err(invalid(name, "it has to begin with https://")),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(invalid(name, "it names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(name, "it must not hold a user or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(name, "it must not hold a query or a fragment"));
    }
    let path = format!("{}/rest/v1/{table}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    // Only the id: the check must not read what the table is about. No count: it would scan the
    // table.
    url.set_query(Some("select=id&limit=1"));
    Ok(url)
}

/// Whether what is sent there may travel unencrypted.
pub(super) fn is_private(url: &Url) -> bool {
    url.host_str().is_some_and(target::is_private)
}
