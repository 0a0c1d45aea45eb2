# What the emulated machine of Tests/Gates/numa runs; the first failure ends it.
say() { echo "GUEST: numa: $*"; }
fail() {
    say "FAILED: $*"
    exit 1
}

say "nodes $(cat /sys/devices/system/node/online), balancing $(cat /proc/sys/kernel/numa_balancing)"
[ "$(cat /sys/devices/system/node/online)" = 0-1 ] || fail "the machine has no two memory nodes"

/gate/unet1d-gates nodes >/tmp/nodes 2>&1 || { cat /tmp/nodes; fail "pages lie elsewhere than planned"; }
sed 's/^/GUEST: /' /tmp/nodes

status=0
/gate/unet1d-gates nodes --plant >/tmp/planted 2>&1 || status=$?
if [ "$status" != 1 ] || ! grep -q "replicate.*FAIL" /tmp/planted; then
    cat /tmp/planted
    fail "a page moved on purpose was not noticed (status $status)"
fi
[ "$(grep -c FAIL /tmp/planted)" = 3 ] || { cat /tmp/planted; fail "other sessions than those with a moved page are red"; }
say "a page moved on purpose is noticed"

fixture=@FIXTURES@/real_hopper_h32
for numa in auto off interleave replicate; do
    line=$(/gate/unet1d-bench verify --model $fixture --tensors $fixture/io.safetensors --isa avx2 --threads 4 \
        --numa $numa 2>&1) || fail "verify --numa $numa: $line"
    say "verify --numa $numa: $line"
    /gate/unet1d-bench run --model $fixture --batch 1 --length 32 --isa avx2 --threads 4 --numa $numa --iterations 2 \
        --warmup 0 >/tmp/run 2>&1 || { cat /tmp/run; fail "run --numa $numa"; }
    grep -E "^ *(pinning|numa|arena, scratch|weights) .*(page|node|CPU)" /tmp/run | sed "s/^/GUEST: numa: run --numa $numa: /"
    if [ $numa != off ]; then
        # "arena, scratch  80 pages  80 pages (node 0: 40, node 1: 40)": as many obtained as asked for, and on both nodes.
        for row in "arena, scratch" "weights"; do
            grep -E "^ *$row +[0-9]+ pages" /tmp/run | sed -E "s/^ *$row +([0-9]+) pages[^(]*  +([0-9]+) pages.*/\1 \2/" \
                >/tmp/pages
            read -r asked obtained </tmp/pages || fail "run --numa $numa reports no pages of $row"
            [ "$asked" = "$obtained" ] || fail "run --numa $numa: $row: $asked pages asked, $obtained obtained"
            grep -E "^ *$row .*node 0: [0-9]+, node 1: [0-9]+" /tmp/run >/dev/null || fail "$row lies on one node only"
        done
    fi
done

echo 0 >/proc/sys/kernel/numa_balancing
forwards="real_hopper_h32 4:100 --isa avx2"
for numa in auto off interleave replicate; do
    /gate/unet1d-gates faults $forwards --numa $numa >/tmp/faults 2>&1 || { cat /tmp/faults; fail "faults, $numa"; }
    status=0
    /gate/unet1d-gates faults $forwards --numa $numa --plant >/tmp/faults 2>&1 || status=$?
    [ "$status" = 1 ] && grep -q " 4 workers.* $numa: 0 minor" /tmp/faults || { cat /tmp/faults; fail "a planted fault, $numa: status $status"; }
    say "faults, $numa: none, and a planted one is noticed"
done
