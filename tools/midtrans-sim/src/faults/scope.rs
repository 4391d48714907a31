//! What a switch is narrowed to, as far as that can ever be met. A switch that never hits is a
//! misunderstanding, and is refused.

use super::switch::{Switch, SwitchError, TEXT_MAX};
use super::words::{Call, Fault, list};
use crate::rules::method::Method;
use crate::rules::status::Status;

impl Switch {
    pub(super) fn check_scope(&self) -> Result<(), SwitchError> {
        for (field, text) in
            [("order_id", &self.order_id), ("transaction_id", &self.transaction_id)]
        {
            if text.as_ref().is_some_and(|text| !(1..=TEXT_MAX).contains(&text.len())) {
                let allowed = format!("1 to {TEXT_MAX} bytes, or left out");
                return Err(SwitchError::Any { field, allowed });
            }
        }
        self.check_status()?;
        self.check_call()?;
        self.check_payment_type()
    }

    /// Some things happen in some states only.
    fn check_status(&self) -> Result<(), SwitchError> {
        let Some(given) = self.status.as_deref() else { return Ok(()) };
        let Some(status) = Status::parse(given) else {
            let allowed = format!("one of {}", list(Status::ALL.map(Status::as_str)));
            return Err(SwitchError::Any { field: "status", allowed });
        };
        match self.fault.decided_in() {
            Some(states) if !states.contains(&status) => {
                let states = states.iter().map(|state| state.as_str()).collect::<Vec<_>>();
                Err(self.wrong("status", states.join(" or ")))
            }
            _ => Ok(()),
        }
    }

    /// Switches are asked before the work: what a call makes is not there yet.
    fn check_call(&self) -> Result<(), SwitchError> {
        let Some(call) = self.call else { return Ok(()) };
        if self.fault == Fault::Stale && !call.reads_status() {
            return Err(self.wrong("call", "status or status_b2b"));
        }
        let page = matches!(call, Call::Snap | Call::SnapCancel);
        let makes_one = page || call == Call::Charge;
        let fields = [
            ("transaction_id", makes_one, &self.transaction_id),
            ("status", makes_one, &self.status),
            ("payment_type", page, &self.payment_type),
        ];
        let early = fields.into_iter().find(|(_, early, given)| *early && given.is_some());
        early.map_or(Ok(()), |(field, _, _)| Err(SwitchError::Early { field, call }))
    }

    /// Some things happen to some methods only.
    fn check_payment_type(&self) -> Result<(), SwitchError> {
        let Some(given) = self.payment_type.as_deref() else { return Ok(()) };
        let can: fn(Method) -> bool = match self.fault {
            Fault::Reverse => Method::can_be_reversed,
            Fault::Challenge | Fault::Chargeback => |method| method == Method::CreditCard,
            _ => |_| true,
        };
        let mut types = Vec::new();
        for method in Method::ALL.into_iter().filter(|method| can(*method)) {
            if !types.contains(&method.payment_type()) {
                types.push(method.payment_type());
            }
        }
        if types.contains(&given) {
            return Ok(());
        }
        Err(self.wrong("payment_type", format!("one of {}", list(types))))
    }
}
