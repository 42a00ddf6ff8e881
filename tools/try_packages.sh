#!/usr/bin/env bash
# Installs the packages of `./run package` in a bare Debian 12, runs the programs there, a whole job on SIMULATED hardware among
# them, and removes the packages again; then the same for the units, in a container that systemd boots (where there is
# systemd-nspawn). Needs root, mmdebstrap and Debian's packages.
#
# usage: tools/try_packages.sh [ROOT]   ROOT: a bare Debian 12 from an earlier run; a new one is made and removed otherwise
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=$repository/build/packages
case "$(id -u)$(command -v mmdebstrap >/dev/null || echo none)" in
  0) ;;
  *) echo "skipped: needs root and mmdebstrap"; exit 0 ;;
esac
ls "$packages"/*.deb >/dev/null || { echo "no packages; run ./run package"; exit 1; }

work=$(mktemp -d -p /var/tmp)
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
if [ $# -gt 0 ]; then cp -a "$1" "$root"; else mmdebstrap --quiet --variant=minbase bookworm "$root"; fi
cp "$packages"/*.deb "$root/var/tmp/"
[ ! -f /etc/resolv.conf ] || cp /etc/resolv.conf "$root/etc/resolv.conf"

cat >"$root/var/tmp/try.sh" <<'INSIDE'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
cd /var/tmp
say() { printf '== %s\n' "$*"; }
apt-get -qq update
install() { apt-get -qq install -y --no-install-recommends "$@" >apt.log 2>&1 || { cat apt.log; exit 1; }; }

say "each by itself"
for name in cloister-broker cloister-ledger cloister-room cloister; do
  install ./${name}_*.deb
  ! dpkg-query -W cloister-simulator >/dev/null 2>&1 || { echo "$name brings the simulator"; exit 1; }
done
cloister --version
cloister-broker --version
cloister-ledger --version
! cloister-room with-arguments 2>room.err || exit 1
cat room.err
for name in cloister-broker cloister-ledger; do
  id $name
  stat -c '%A %U %n' /var/lib/$name
done

say "daemons, as their users"  # as() is for the background only
install curl
as() { local user=$1; shift; exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs "$@"; }
until_ready() { for _ in $(seq 100); do grep -q ^ready "$1" && return; sleep 0.1; done; cat "$1"; exit 1; }
as cloister-ledger cloister-ledger --dir /var/lib/cloister-ledger --origin packages.example/test --listen 127.0.0.1:8440 \
  --url https://localhost:8440 --card /var/lib/cloister-ledger/ledger.json >ledger.out 2>&1 &
ledger=$!
until_ready ledger.out
curl -sSf --cacert /var/lib/cloister-ledger/tls.crt https://localhost:8440/healthz
(umask 077; echo "a passphrase" >pass)
cloister party init --dir party --did did:web:hospital.example --role tdp --passphrase-file pass --host broker.hospital.example >/dev/null
cp -r party/party.json party/broker /var/lib/cloister-broker/
cp /var/lib/cloister-ledger/ledger.json /var/lib/cloister-broker/
chown -R cloister-broker: /var/lib/cloister-broker
as cloister-broker cloister-broker --party /var/lib/cloister-broker --ledger /var/lib/cloister-broker/ledger.json \
  --listen 127.0.0.1:8441 >broker.out 2>&1 &
broker=$!
until_ready broker.out
curl -sSf --cacert party/broker/tls.crt https://localhost:8441/readyz
cloister broker status --party party --url https://127.0.0.1:8441
kill $broker $ledger
wait $broker $ledger

say "a whole job, with the simulator"
install ./cloister-simulator_*.deb
cloister-simulator measure -- /usr/bin/cloister-room | grep -E '"measurement"|duckdb'
cloister demo >demo.log 2>&1 || { tail -20 demo.log; exit 1; }
tail -5 demo.log

say "removed again"
apt-get -qq purge -y cloister cloister-broker cloister-ledger cloister-room cloister-simulator >apt.log 2>&1 || { cat apt.log; exit 1; }
grep kept apt.log
! ls -d /usr/bin/cloister* /usr/lib/cloister /etc/default/cloister* /lib/systemd/system/cloister* 2>/dev/null || exit 1
ls -d /var/lib/cloister-broker/broker/key.pem /var/lib/cloister-ledger/log.pem
say "packages: all done"
INSIDE

unshare --mount --pid --fork --kill-child bash -euc '
  root=$1
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin bash /var/tmp/try.sh </dev/null' x "$root"

if ! command -v systemd-nspawn >/dev/null; then
  echo "units: skipped, needs systemd-nspawn"
  exit 0
fi
cat >"$root/var/tmp/units.sh" <<'INSIDE'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
cd /var/tmp
say() { printf '== %s\n' "$*"; }
settled() { sleep 2; systemctl is-active "$1" || { journalctl -u "$1" --no-pager | tail -20; exit 1; }; }

say "units: a fresh installation starts nothing"
rm -rf /var/lib/cloister-* party
apt-get -qq install -y --no-install-recommends ./cloister_*.deb ./cloister-broker_*.deb ./cloister-ledger_*.deb >apt.log 2>&1 || { cat apt.log; exit 1; }
systemctl is-enabled cloister-broker cloister-ledger
! systemctl is-active cloister-broker cloister-ledger || exit 1
say "units: set up"
sed -i 's#^ORIGIN=.*#ORIGIN=packages.example/test#; s#^URL=.*#URL=https://localhost:8440#' /etc/default/cloister-ledger
systemctl restart cloister-ledger
settled cloister-ledger
curl -sSf --cacert /var/lib/cloister-ledger/tls.crt https://localhost:8440/healthz
cloister party init --dir party --did did:web:hospital.example --role tdp --passphrase-file pass >/dev/null 2>&1
cp -r party/party.json party/broker /var/lib/cloister-ledger/ledger.json /var/lib/cloister-broker/
chown -R cloister-broker: /var/lib/cloister-broker
systemctl restart cloister-broker
settled cloister-broker
cloister broker status --party party --url https://127.0.0.1:8441
main=$(systemctl show -p MainPID --value cloister-broker)
for line in CapEff:.*0000000000000000 CapBnd:.*0000000000000000 NoNewPrivs:.*1 Seccomp:.*2; do grep "$line" /proc/$main/status; done
systemctl show cloister-broker -p LimitCORE -p MemoryDenyWriteExecute
say "units: stopped and removed"
systemctl stop cloister-broker
systemctl show cloister-broker -p ExecMainStatus | grep -x ExecMainStatus=0
apt-get -qq purge -y cloister cloister-broker cloister-ledger >apt.log 2>&1 || { cat apt.log; exit 1; }
! systemctl is-active cloister-ledger || exit 1
! ls /etc/systemd/system/multi-user.target.wants | grep cloister || exit 1
say "units: all done"
INSIDE
cat >"$root/etc/systemd/system/try.service" <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/bash -c "bash /var/tmp/units.sh >/var/tmp/units.log 2>&1; systemctl poweroff --no-block"
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../try.service "$root/etc/systemd/system/multi-user.target.wants/try.service"
unshare --mount chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
  apt-get -qq install -y --no-install-recommends systemd-sysv dbus >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }
timeout 180 systemd-nspawn --quiet --register=no --keep-unit -D "$root" -b >"$work/boot.log" 2>&1 || tail -20 "$work/boot.log"
cat "$root/var/tmp/units.log"
grep -q "units: all done" "$root/var/tmp/units.log"
