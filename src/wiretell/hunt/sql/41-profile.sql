-- All of it, an account a row.
SELECT
  account.a AS a, account.account AS account, holder.entity AS entity, holder.is_declared AS is_declared,
  account.n AS n, account.first_us AS first_us, account.last_us AS last_us,
  COALESCE(account.created_us, -1) AS created_us, account.refused AS refused,
  account.s0, account.s1, account.s2, account.s3, account.s4, account.s5, account.s6, account.s7,
  account.s8, account.s9, account.s10, account.s11, account.s12, account.s13, account.s14, account.s15,
  habit.h0, habit.h1, habit.h2, habit.h3, habit.h4, habit.h5, habit.h6, habit.h7, habit.h8, habit.h9, habit.h10,
  habit.h11, habit.h12, habit.h13, habit.h14, habit.h15, habit.h16, habit.h17, habit.h18, habit.h19, habit.h20,
  habit.h21, habit.h22, habit.h23,
  peak.peak_chains AS peak_chains, peak.peak_networks AS peak_networks, peak.busy_hours AS busy_hours,
  calendar.active_days AS active_days, calendar.low_days AS low_days, calendar.high_days AS high_days,
  COALESCE(growth.chains, 0) AS chains, COALESCE(growth.single_turns, 0) AS single_turns,
  COALESCE(growth.early_chains, 0) AS early_chains, COALESCE(growth.late_chains, 0) AS late_chains,
  variety.networks AS networks, variety.systems AS systems, variety.header_tuples AS header_tuples,
  variety.clients AS clients, variety.zones AS zones, COALESCE(custom.client, '') AS client,
  COALESCE(contradiction.contradictions, 0) AS contradictions,
  COALESCE(contradiction.known_systems, 0) AS known_systems,
  wanted.in_core AS in_core, wanted.in_other AS in_other, wanted.in_suspect AS in_suspect
FROM wanted
JOIN account ON wanted.a = account.a
JOIN holder ON wanted.a = holder.a
JOIN habit ON wanted.a = habit.a
JOIN peak ON wanted.a = peak.a
JOIN calendar ON wanted.a = calendar.a
JOIN variety ON wanted.a = variety.a
LEFT JOIN growth ON wanted.a = growth.a
LEFT JOIN custom ON wanted.a = custom.a
LEFT JOIN contradiction ON wanted.a = contradiction.a
