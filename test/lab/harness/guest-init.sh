#!/bin/bash
# First process of a guest, a user-mode Linux whose root is the host's file system. Brings up the
# network and IPVS, then starts the jobs that the harness names on the console, a line each. When the
# console ends, the harness is gone: so is the guest.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /run
mount -t devpts devpts /dev/pts 2>/dev/null
for word in $(</proc/cmdline); do
  case $word in lab_*=*) declare "${word%%=*}=${word#*=}" ;; esac
done
stty -echo 2>/dev/null
hostname "$lab_name"
for module in ipv6 ip_vs xt_mark iptable_mangle ip6table_mangle iptable_nat; do
  modprobe -q "$module"
done
ip link set lo up
ip link set vec0 name eth0
ip addr add "$lab_address" dev eth0
ip -6 addr add "$lab_address6" dev eth0 nodad
ip link set eth0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
cd "$lab_jobs" || exit 1

# Each job is a session of its own, so that a signal reaches everything it started.
run() {
  setsid sh -c 'echo $$ >"$1.pid"; . "./$1.sh"' job "$1" </dev/null >"$1.out" 2>"$1.err"
  echo $? >"$1.tmp"
  mv "$1.tmp" "$1.status"
}

send() {
  until [ -s "$1.pid" ]; do sleep 0.02; done
  kill -s "$2" -- "-$(<"$1.pid")" 2>/dev/null
}

: >ready
while read -r verb job signal; do
  case $verb in
    run) run "$job" & ;;
    signal) send "$job" "$signal" & ;;
  esac
done
echo o >/proc/sysrq-trigger
sleep 5
