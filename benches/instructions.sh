#!/usr/bin/env bash
# Counts the instructions that small simulations execute, and holds them against benches/instructions.txt: seconds differ
# from machine to machine and from minute to minute, instructions hardly do (0.1 %).
#
#   benches/instructions.sh          exit code 1 if one takes over 5 % more than committed
#   benches/instructions.sh bless    writes what is counted into the file; the commit says why it changed
#
# It needs valgrind. What is counted is the release build on one thread, at 300,000 PCs less at 200,000, so that reading
# the scenario and writing the report are not in it, and an organisation of all PCs is a large one in both. One that is
# built already can be given as `BUGCHECK=PROGRAM`. To see where the instructions go, give FOLDER as `CALLGRIND=FOLDER` and
# read its files with callgrind_annotate.
set -euo pipefail
cd "$(dirname "$0")/.."

file=benches/instructions.txt
tolerance=5 # %
runs=(
    "july-2024 as it was|july-2024 --only architecture=kernel --only recovery=by_hand --only rollout=at_once"
    "july-2024 split|july-2024 --only architecture=split --only recovery=by_hand --only rollout=at_once"
    "common-model all hit|common-model --only hit=all"
)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The compiler, and the vector instructions that the program finds when it runs, decide what is executed.
setting() {
    local vectors=none
    if grep -qw avx2 /proc/cpuinfo; then vectors=avx2; fi
    printf '%s, vectors: %s\n' "$(rustc --version)" "$vectors"
}

# Instructions of one replication: words of the command line, PCs.
count() {
    local words ended=0 folder=${CALLGRIND:-$scratch}
    read -ra words <<< "$1"
    RAYON_NUM_THREADS=1 valgrind --tool=callgrind --callgrind-out-file="$folder/${1//[^a-z0-9]/-}-$2" \
        "$program" run "${words[@]}" --profile paper --replications 1 --threads 1 \
        --set "fleet.pcs=$2" --out "$scratch/$2" > /dev/null 2> "$scratch/stderr" || ended=$?
    # What the scenario expects may be undecided after one replication, or broken in a small fleet.
    case $ended in
        0 | 10 | 11 | 12) sed -n 's/^==[0-9]*== Collected : //p' "$scratch/stderr" ;;
        *) cat "$scratch/stderr" >&2 && return 1 ;;
    esac
}

# Instructions per PC.
measure() {
    local few many
    few=$(count "$1" 200000)
    many=$(count "$1" 300000)
    echo $(((many - few) / 100000))
}

if ! command -v valgrind > /dev/null; then
    echo "valgrind is missing: install it, such as by apt-get install valgrind" >&2
    exit 2
fi
verb=${1:-compare}
case $verb in
    compare | bless) ;;
    *) echo "usage: benches/instructions.sh [bless]" >&2 && exit 2 ;;
esac
committed=$(sed -n 's/^setting: //p' "$file")
if [ "$verb" = compare ] && [ "$committed" != "$(setting)" ]; then
    echo "skipped: the figures are of another setting, so they say nothing here"
    echo "  committed: $committed"
    echo "  here:      $(setting)"
    echo "if this is the setting to stay: benches/instructions.sh bless"
    exit 0
fi
program=${BUGCHECK:-}
if [ -z "$program" ]; then
    cargo build --release --locked --quiet
    program=${CARGO_TARGET_DIR:-target}/release/bugcheck
fi

{
    echo "# Instructions per PC, by benches/instructions.sh, which writes this file when told to bless."
    echo "setting: $(setting)"
} > "$scratch/counted"
worse=0
better=0
for run in "${runs[@]}"; do
    name=${run%%|*}
    now=$(measure "${run#*|}")
    echo "$name: $now" >> "$scratch/counted"
    before=$(sed -n "s/^$name: //p" "$file")
    if [ "$verb" = bless ]; then
        echo "$name: $now instructions per PC (before: ${before:-none})"
        continue
    fi
    if [ -z "$before" ]; then
        echo "$name: $now instructions per PC, none committed" >&2
        exit 2
    fi
    change=$(awk -v now="$now" -v before="$before" 'BEGIN { printf "%+.1f", 100 * (now - before) / before }')
    echo "$name: $now instructions per PC, committed $before ($change %)"
    if [ $((now * 100)) -gt $((before * (100 + tolerance))) ]; then worse=1; fi
    if [ $((now * 100)) -lt $((before * (100 - tolerance))) ]; then better=1; fi
done

if [ "$verb" = bless ]; then
    cp "$scratch/counted" "$file"
elif [ "$worse" = 1 ]; then
    echo "over $tolerance % more instructions than committed: what made it slower?" >&2
    echo "if it is worth it: benches/instructions.sh bless, and commit $file with the reason" >&2
    exit 1
elif [ "$better" = 1 ]; then
    echo "over $tolerance % fewer instructions than committed: benches/instructions.sh bless, and commit $file, so that it stays so"
fi
