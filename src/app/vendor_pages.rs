//! What vendors' status pages said last: shown beside what is measured, and never in a check's way.

mod reader;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::vendor_page::VendorPage;

/// What the pages said when they were read last. Nothing before that.
#[derive(Debug, Default)]
pub struct KnownVendorPages(Mutex<Vec<VendorPage>>);

impl KnownVendorPages {
    /// What is known.
    #[must_use]
    pub fn all(&self) -> Vec<VendorPage> {
        self.lock().clone()
    }

    fn replace(&self, pages: Vec<VendorPage>) {
        *self.lock() = pages;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<VendorPage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
