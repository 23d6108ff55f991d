//! Where Supabase's API is, and with which key to ask it.

use secrecy::SecretString;
use url::Url;

use crate::domain::fault::Fault;
use crate::domain::key_validity::KeyValidity;
use crate::domain::smoke::Relation;
use crate::settings::raw::RawSettings;
use crate::settings::variables;

/// Where Supabase's API is, and with which key to ask it.
#[derive(Debug, Clone)]
pub struct SupabaseSettings {
    /// The row that the check asks for.
    pub row_url: Url,
    /// The key: `sb_secret_...` or a legacy JWT.
    pub key: SecretString,
    /// Under which name it is set, and when it expires.
    pub validity: KeyValidity,
    /// The table that is read.
    pub table: String,
}

impl SupabaseSettings {
    /// Reads URL, key and table.
    ///
    /// # Errors
    ///
    /// DFE-CFG-001 where one is missing, DFE-CFG-002 where one cannot be right.
    pub(super) fn read(raw: &RawSettings) -> Result<Self, Fault> {
        // What is missing is said before what is wrong.
        raw.find(&variables::SUPABASE_URL)?;
        let (name, text) = raw.find(&variables::SUPABASE_SERVICE_ROLE_KEY)?;
        let validity = KeyValidity::of(name, text);
        let table = raw.require(&variables::SUPABASE_HEALTH_TABLE)?;
        let key = raw.require(&variables::SUPABASE_SERVICE_ROLE_KEY)?;
        let mut row_url = raw.require(&variables::SUPABASE_URL)?;
        let path = format!("{}/rest/v1/{table}", row_url.path().trim_end_matches('/'));
        row_url.set_path(&path);
        // Only the id: the check must not read what the table is about. No count: it would scan
        // the table.
        row_url.set_query(Some("select=id&limit=1"));
        Ok(Self {
            row_url,
            key,
            validity,
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
