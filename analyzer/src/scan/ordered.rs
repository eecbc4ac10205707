//! Work in parallel whose results come back in order, with a bounded number in flight.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;

use rayon::ThreadPool;

/// Runs `work` for `0..count` on `pool` and hands every result to `emit` in order, as soon as it
/// and all before it are there.
///
/// At most `in_flight` results exist that `emit` has not taken: memory is bounded by them, not by
/// `count`. `emit` runs on the calling thread; its first error ends the whole, and what has been
/// started is let run out.
pub fn ordered<T: Send, E>(
    pool: &ThreadPool,
    count: usize,
    in_flight: usize,
    work: impl Fn(usize) -> T + Sync,
    mut emit: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let in_flight = in_flight.max(1);
    let work = &work;
    pool.in_place_scope(|scope| {
        let (sender, results) = mpsc::channel();
        let mut waiting = BTreeMap::new();
        let mut started = 0;
        for next in 0..count {
            while started < count && started < next + in_flight {
                let (index, sender) = (started, sender.clone());
                scope.spawn(move |_| {
                    // A panic must reach the caller, who would wait for this result for ever.
                    let result = catch_unwind(AssertUnwindSafe(|| work(index)));
                    // The receiver is gone only after `emit` failed: nobody wants the result.
                    let _ = sender.send((index, result));
                });
                started += 1;
            }
            let result = loop {
                if let Some(result) = waiting.remove(&next) {
                    break result;
                }
                match results.recv() {
                    Ok((index, result)) => waiting.insert(index, result),
                    // Cannot happen: `sender` lives in this scope.
                    Err(mpsc::RecvError) => return Ok(()),
                };
            };
            match result {
                Ok(result) => emit(next, result)?,
                Err(panic) => resume_unwind(panic),
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn results_come_in_order_and_bounded_whatever_finishes_first() {
        for threads in [1, 8] {
            let (made, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let mut seen = Vec::new();
            let work = |index: usize| {
                // Later items finish first within each group of four.
                std::thread::sleep(Duration::from_micros(300 * (4 - index as u64 % 4)));
                let ahead = made.fetch_add(1, Ordering::SeqCst) + 1 - taken.load(Ordering::SeqCst);
                assert!(ahead <= 6, "{ahead} results in flight");
                index * 2
            };
            let result: Result<(), ()> = ordered(&pool(threads), 40, 5, work, |index, value| {
                assert_eq!(value, index * 2);
                seen.push(index);
                taken.fetch_add(1, Ordering::SeqCst);
                Ok(())
            });
            assert_eq!(result, Ok(()));
            assert_eq!(seen, (0..40).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_of_the_taker_ends_it() {
        let result = ordered(
            &pool(2),
            1000,
            4,
            |index| index,
            |index, _| if index == 3 { Err(index) } else { Ok(()) },
        );
        assert_eq!(result, Err(3));
    }

    #[test]
    #[should_panic(expected = "seven")]
    fn a_panic_reaches_the_caller() {
        let work = |index: usize| assert!(index != 7, "seven");
        let _: Result<(), ()> = ordered(&pool(2), 20, 4, work, |_, ()| Ok(()));
    }
}
