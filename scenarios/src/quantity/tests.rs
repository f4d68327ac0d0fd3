use proptest::prelude::*;

use super::*;

fn wrong<Q: Quantity + std::fmt::Debug>(text: &str) -> (Code, String) {
    let misfit = Q::parse(text).expect_err(text);
    (misfit.code, misfit.help.unwrap_or_default())
}

#[test]
fn spans_are_read_to_the_millisecond() {
    for (text, ms) in [
        ("90 min", 5_400_000),
        ("90min", 5_400_000),
        ("1 h 30 min", 5_400_000),
        ("1.5 h", 5_400_000),
        ("40 s", 40_000),
        ("250 ms", 250),
        ("28 d", 2_419_200_000),
        ("2 w", 1_209_600_000),
        ("0", 0),
        ("0 s", 0),
        ("1_000 s", 1_000_000),
        ("0.001 s", 1),
        ("  3 h ", 10_800_000),
    ] {
        assert_eq!(Duration::parse(text).map(|d| d.ms()), Ok(ms), "{text}");
    }
}

#[test]
fn wrong_spans_say_what_is_right() {
    assert_eq!(wrong::<Duration>("90"), (Code::MissingUnit, "write `90 min`, `90 s`, `90 h` or `90 d`".into()));
    assert_eq!(wrong::<Duration>("90 minutes"), (Code::WrongUnit, "write `90 min`".into()));
    assert_eq!(
        wrong::<Duration>("5 m"),
        (Code::WrongUnit, "write `5 min` for minutes or `5 ms` for milliseconds".into())
    );
    assert_eq!(wrong::<Duration>("3 months").0, Code::WrongUnit);
    assert_eq!(wrong::<Duration>("-4 min").0, Code::Negative);
    assert_eq!(wrong::<Duration>("30 min 1 h").0, Code::WrongUnit);
    assert_eq!(wrong::<Duration>("1 h 2 h").0, Code::WrongUnit);
    assert_eq!(wrong::<Duration>("0.5 ms").0, Code::TooFine);
    assert_eq!(wrong::<Duration>("1,5 h"), (Code::NotAQuantity, "write `1.5 h`".into()));
    assert_eq!(wrong::<Duration>("101 months").0, Code::WrongUnit);
    assert_eq!(wrong::<Duration>("40000 d").0, Code::OutOfRange);
    assert_eq!(wrong::<Duration>("soon").0, Code::NotAQuantity);
    assert_eq!(wrong::<Duration>("nan").0, Code::NotFinite);
    assert_eq!(wrong::<Duration>("35%").0, Code::WrongUnit);
    for (clock, right) in [("08:30", "8 h 30 min"), ("08:00", "8 h"), ("0:00", "0 h"), ("17:05:30", "17 h 5 min 30 s")]
    {
        let of_day = format!("write the time after midnight, `{right}`");
        assert_eq!(wrong::<TimeOfDay>(clock), (Code::BareTime, of_day));
        assert_eq!(wrong::<Duration>(clock), (Code::BareTime, format!("write `{right}`")));
    }
    assert_eq!(wrong::<TimeOfDay>("49 h").0, Code::OutOfRange);
}

#[test]
fn shares_carry_their_percent_sign() {
    for (text, part) in [("35%", 0.35), ("0.35%", 0.0035), ("100 %", 1.0), ("0", 0.0), ("120 ppm", 0.00012)] {
        assert_eq!(Share::parse(text).map(|s| s.part()), Ok(part), "{text}");
    }
    assert_eq!(wrong::<Share>("0.35"), (Code::PlainShare, "write `35%`; if you mean 0.35 percent, `0.35%`".into()));
    assert_eq!(wrong::<Share>("1"), (Code::PlainShare, "write `1%`".into()));
    assert_eq!(wrong::<Share>("35 percent"), (Code::WrongUnit, "write `35%`".into()));
    assert_eq!(wrong::<Share>("101%").0, Code::OutOfRange);
    assert_eq!(wrong::<Share>("-1%").0, Code::Negative);
    assert_eq!(wrong::<Share>("5 min").0, Code::WrongUnit);
    assert_eq!(Change::parse("-20%").map(|c| c.part()), Ok(-0.2));
    assert_eq!(Change::parse("+5%").map(|c| c.part()), Ok(0.05));
}

#[test]
fn counts_are_exact() {
    for (text, count) in [("8.5M", 8_500_000), ("40k", 40_000), ("32_000", 32_000), ("1.4bn", 1_400_000_000), ("0", 0)]
    {
        assert_eq!(Count::parse(text).map(|c| c.get()), Ok(count), "{text}");
    }
    assert_eq!(wrong::<Count>("40K"), (Code::WrongUnit, "write `40k`".into()));
    assert_eq!(wrong::<Count>("8 million"), (Code::WrongUnit, "write `8M`".into()));
    assert_eq!(wrong::<Count>("32,000"), (Code::NotAQuantity, "write `32_000`".into()));
    assert_eq!(wrong::<Count>("1.5").0, Code::TooFine);
    assert_eq!(wrong::<Count>("-3").0, Code::Negative);
    assert_eq!(wrong::<Count>("9999999bn").0, Code::OutOfRange);
    assert_eq!(wrong::<Count>("1__0").0, Code::NotAQuantity);
    assert_eq!(wrong::<Number>("2 h").0, Code::WrongUnit);
    assert_eq!(Number::parse("2.5").map(|n| n.get()), Ok(2.5));
}

#[test]
fn ratios_and_rates() {
    assert_eq!(Ratio::parse("1 per 80").map(|r| r.per_one()), Ok(80.0));
    assert_eq!(Ratio::parse("3 per 1.2k").map(|r| r.per_one()), Ok(400.0));
    assert_eq!(wrong::<Ratio>("1:80"), (Code::NotAQuantity, "write `1 per 80`".into()));
    assert_eq!(wrong::<Ratio>("1 per 0").0, Code::OutOfRange);
    assert_eq!(PerDay::parse("1 per 1000 per day").map(|r| r.per_day()), Ok(0.001));
    assert_eq!(PerDay::parse("0.1% per day").map(|r| r.per_day()), Ok(0.001));
    assert_eq!(PerDay::parse("7 per week").map(|r| r.per_day()), Ok(1.0));
    assert_eq!(PerDay::parse("1 per 100k per day").map(|r| r.per_day()), Ok(0.00001));
    assert_eq!(wrong::<PerDay>("1 per 1000").0, Code::MissingUnit);
    assert_eq!(wrong::<PerDay>("1 per month").0, Code::WrongUnit);
    assert_eq!(wrong::<PerDay>("1 per 0 per day").0, Code::OutOfRange);
    for negative in ["-1% per day", "-5 ppm per week", "-1 per day", "-1 per 1000 per day", "1 per -1000 per day"] {
        assert_eq!(wrong::<PerDay>(negative).0, Code::Negative, "{negative}");
    }
}

#[test]
fn instants_need_a_zone() {
    assert_eq!(Instant::parse("2024-07-19T04:09:00Z").map(|i| i.unix_ms()), Ok(1_721_362_140_000));
    assert_eq!(Instant::parse("2024-07-19T06:09:00+02:00").map(|i| i.unix_ms()), Ok(1_721_362_140_000));
    assert_eq!(wrong::<Instant>("2024-07-19T04:09:00").0, Code::MissingUnit);
    assert!(wrong::<Instant>("2024-07-19").1.contains("2024-07-19T00:00:00Z"));
    assert_eq!(wrong::<Instant>("2024-13-19T04:09:00Z").0, Code::NotAQuantity);
    assert_eq!(wrong::<Instant>("2024-07-19T04:09:00.0001Z").0, Code::TooFine);
}

#[test]
fn bounds_are_what_they_look_like() {
    for (text, reckoned) in [
        ("7.5M", Reckoned::Number(7_500_000.0)),
        ("2.5", Reckoned::Number(2.5)),
        ("-500", Reckoned::Number(-500.0)),
        ("30 h", Reckoned::Time(108_000_000)),
        ("40%", Reckoned::Part(0.4)),
        ("-20%", Reckoned::Part(-0.2)),
        ("1% of fleet", Reckoned::PartOfFleet(0.01)),
        ("-2 h", Reckoned::Time(-7_200_000)),
    ] {
        assert_eq!(Amount::parse(text).map(|a| a.reckoned()), Ok(reckoned), "{text}");
    }
    assert_eq!(wrong::<Amount>("a lot").0, Code::NotAQuantity);
    assert_eq!(wrong::<Amount>("120% of fleet").0, Code::OutOfRange);
}

#[test]
fn examples_are_good_and_keep_their_text() {
    fn check<Q: Quantity + std::fmt::Debug>() {
        let pattern = regex_lite::Regex::new(Q::PATTERN).expect(Q::NAME);
        for example in Q::EXAMPLES {
            assert_eq!(Q::parse(example).expect(example).written(), *example);
            assert!(pattern.is_match(example), "{}: {example}", Q::NAME);
            assert!(measure(Q::NAME, example).is_some_and(|m| m.is_ok()), "{example}");
        }
    }
    check::<Duration>();
    check::<TimeOfDay>();
    check::<Instant>();
    check::<Share>();
    check::<Change>();
    check::<PerDay>();
    check::<Count>();
    check::<Number>();
    check::<Ratio>();
    check::<Amount>();
}

proptest! {
    #[test]
    fn no_text_makes_a_quantity_panic(text in "\\PC*|[-+0-9a-zA-Z%._ :,]*") {
        for name in ["duration", "time_of_day", "instant", "share", "change", "per_day", "count", "number", "ratio", "amount"] {
            prop_assert!(measure(name, &text).is_some());
        }
    }

    #[test]
    fn spans_add_up(
        w in 0_i64..50, d in 0_i64..7, h in 0_i64..24, min in 0_i64..60, s in 0_i64..60, ms in 0_i64..1000,
    ) {
        let text = format!("{w} w {d} d {h} h {min} min {s} s {ms} ms");
        let total = ((((w * 7 + d) * 24 + h) * 60 + min) * 60 + s) * 1000 + ms;
        prop_assert_eq!(Duration::parse(&text).map(|d| d.ms()), Ok(total));
    }

    #[test]
    fn shares_are_the_nearest_number(millionths in 0_u32..=1_000_000) {
        let text = format!("{}.{:04}%", millionths / 10_000, millionths % 10_000);
        prop_assert_eq!(Share::parse(&text).map(|s| s.part()), Ok(f64::from(millionths) / 1e6));
    }

    #[test]
    fn what_the_program_reads_the_pattern_allows(text in "[0-9]{1,3}(\\.[0-9]{1,2})? ?(min|h|%|k|M|ppm| per 80)?") {
        for (name, pattern) in [("duration", Duration::PATTERN), ("share", Share::PATTERN), ("count", Count::PATTERN),
                                ("ratio", Ratio::PATTERN), ("amount", Amount::PATTERN)] {
            if measure(name, &text).is_some_and(|m| m.is_ok()) {
                prop_assert!(regex_lite::Regex::new(pattern).expect(name).is_match(&text), "{}: {}", name, text);
            }
        }
    }
}
