//! The words of a mix on standard error: its fates, and what it met beside them.

use super::super::fate::COURSES;
use super::super::meter::{self, Used};
use super::super::report::Report;
use super::super::tally::Tally;
use super::faults::Struck;
use kernel::Money;

/// What the run met beside its orders.
pub(super) struct Around {
    pub(super) struck: Struck,
    /// Orders that were asked about.
    pub(super) reconciled: usize,
    pub(super) used: Used,
}

impl Report<'_> {
    /// The fates, what they came to, and examples of those that did not.
    pub(super) fn table(&self, run: &str) {
        let mark = if self.is_right() { '✔' } else { '✖' };
        let (asked, right) = (self.asked, self.right());
        eprintln!("{mark} {asked} orders of run {run}: {right} came to their right end\n");
        eprintln!(
            "  {:28}{:22}{:>7}{:>8}{:>8}",
            "what happened", "right end", "orders", "right", "not"
        );
        for course in &COURSES {
            let row = self.row(course);
            if row.orders > 0 {
                let (name, end, not) = (course.name, course.end.as_str(), row.orders - row.right);
                eprintln!("  {name:28}{end:22}{:>7}{:>8}{not:>8}", row.orders, row.right);
            }
        }
        eprintln!();
        self.examples();
    }

    /// What was met on the way, what it cost, and the customers and the money.
    pub(super) fn around(&self, around: &Around) {
        let Tally { told, told_twice, ledger, .. } = self.tally;
        let struck = around.struck;
        // The switches count anew after a restart of the simulator; there is one callback each at least.
        let since = match struck.seen < self.ended.len() as u64 {
            true => " (since the simulator was started last)",
            false => "",
        };
        eprintln!(
            "  callbacks   {} to be sent: {} lost, {} sent twice, {} overtaken{since}",
            struck.seen, struck.dropped, struck.duplicated, struck.reordered
        );
        if around.reconciled > 0 {
            eprintln!(
                "  reconciled  {} of them, whose callbacks were lost: POST /v1/payments/{{id}}/sync",
                around.reconciled
            );
        }
        if let Some(ledger) = ledger {
            eprintln!("  customers   {told} told of the end, {told_twice} told something twice");
            let balanced = if ledger.balanced { "balance" } else { "do not balance" };
            let net = Money::rupiah(ledger.net_amount);
            eprintln!("  gateway     holds {net} for us in all; its books {balanced}");
        }
        let per_second = self.ended.len() as f64 / around.used.time.as_secs_f64();
        let took = meter::words(around.used.time);
        eprintln!("  time        {took}: {per_second:.0} orders/s end to end");
        if let Some(cpu) = around.used.cpu_words(self.ended.len()) {
            eprintln!("  CPU         {cpu}");
        }
    }
}
