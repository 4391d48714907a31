//! midtrans-sim.
