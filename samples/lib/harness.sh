# shellcheck shell=bash
# What the scenarios share. A record.sh sources this file, says in functions what happens, and ends
# with one of
#
#   record_container NAME    records the container NAME while `attack`, and then while `benign`, runs
#   record_command           records `attack` and `benign` themselves, run as commands on the host
#
# each of which puts captures at samples/ID/{attack,benign}/capture.skr. `build`, if there is one, runs
# first, and `prepare` before each twin, so that neither finds traces of the other.
#
# Everything happens in a clean room: mount, network and UTS namespaces of its own, with a made-up
# /etc, empty homes and logs, no interface but the loopback, and the host name sample-node. So no act
# can touch the machine, no packet can leave it, and the recorder sees nothing of it that a capture
# could carry away. Process ids are the machine's: the recorder works in the first pid namespace.
#
# For a throw-away machine, as root. Needs what `need` names; installs nothing by itself.

set -euo pipefail

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sample=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$lib/../.." && pwd)
# The system's own programs only: what a developer added would leave its paths in the captures.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# A capture in the repository stays under this.
MOST_BYTES=300000
# Addresses of the far end of a container's link: TEST-NET-3, two of a cluster's services, and the
# metadata service of clouds. Only the clean room has them.
FAR_END=(203.0.113.10/24 10.96.0.1/32 10.96.0.2/32 169.254.169.254/32)
NEAR_END=203.0.113.20/24

note() { printf '%s: %s\n' "${sample##*/}" "$*" >&2; }
die() {
    note "error: $*"
    exit 1
}

# Undone in reverse when the script ends, however it ends.
undo=()
on_exit() { undo+=("$*"); }
clean_up() {
    local at
    for ((at = ${#undo[@]} - 1; at >= 0; at--)); do
        eval "${undo[at]}" >/dev/null 2>&1 || true
    done
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# need PROGRAM PACKAGE: the program, or the end with the package that has it.
need() {
    [ -x "$1" ] || command -v "$1" >/dev/null || die "needs $1: apt-get install $2"
}

# A docker daemon, started for this run if none answers.
docker_up() {
    docker info >/dev/null 2>&1 && return
    need dockerd docker.io
    dockerd >"$scratch/dockerd.log" 2>&1 &
    local daemon=$!
    on_exit "kill $daemon; wait $daemon"
    for _ in $(seq 120); do
        docker info >/dev/null 2>&1 && return
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.5
    done
    cat "$scratch/dockerd.log" >&2
    die "dockerd does not start"
}

# compile NAME SOURCE: a static program at $scratch/NAME.
compile() { gcc -static -Os -Wall -o "$scratch/$1" "$2"; }

# image REFERENCE SERVER PORT [PROGRAM...]: a stand-in for the image REFERENCE: busybox, a static
# bash, lib/service.c under the name SERVER, and programs from $scratch in /usr/local/bin. Takes the
# name away from an image that has it.
image() {
    local reference=$1 server=$2 port=$3 root="$scratch/root" name
    shift 3
    rm -rf "$root"
    mkdir -p "$root"/{bin,etc,proc,sys,dev,root,run,srv,usr/sbin,usr/local/bin,var/log,var/lib/mysql}
    mkdir -m 1777 "$root/tmp"
    cp /bin/busybox "$root/bin/busybox"
    for name in $(busybox --list); do
        [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
    done
    cp /bin/bash-static "$root/bin/bash"
    compile "$server" "$lib/service.c"
    cp "$scratch/$server" "$root/usr/sbin/$server"
    for name in "$@"; do cp "$scratch/$name" "$root/usr/local/bin/$name"; done
    made_up_etc "$root/etc"
    printf '<h1>It works</h1>\n' >"$root/srv/index.html"
    python3 "$lib/image.py" "$scratch/image.tar" "$reference" "$root" "/usr/sbin/$server" "$port" /srv/index.html
    docker load -q -i "$scratch/image.tar" >/dev/null
}

# container NAME REFERENCE [OPTION...]: a running container without a network, fresh each time.
container() {
    local name=$1 reference=$2
    shift 2
    docker rm -f "$name" >/dev/null 2>&1 || true
    on_exit "docker rm -f $name"
    docker run -d --network none --name "$name" --hostname "$name" "$@" "$reference" >/dev/null
}

# link CONTAINER: a cable from the container to the clean room, where FAR_END answers.
link() {
    local pid address
    pid=$(docker inspect -f '{{.State.Pid}}' "$1")
    ip link delete far 2>/dev/null || true
    ip link add far type veth peer name eth0 netns "$pid"
    for address in "${FAR_END[@]}"; do ip address add "$address" dev far; done
    ip link set far up
    nsenter -t "$pid" -n ip address add "$NEAR_END" dev eth0
    nsenter -t "$pid" -n ip link set eth0 up
    nsenter -t "$pid" -n ip route add 10.96.0.0/16 dev eth0
    nsenter -t "$pid" -n ip route add 169.254.169.254/32 dev eth0
}

# answer PORT: something in the clean room that takes connections to PORT.
answer() {
    [ -x "$scratch/service" ] || compile service "$lib/service.c"
    "$scratch/service" "$1" >/dev/null &
    on_exit "kill $!"
}

# uplink [PORT...]: a cable from the clean room, for commands in it, to a network of its own where
# FAR_END answers, with something that takes connections to the PORTs.
uplink() {
    local address port far
    ip link delete eth0 2>/dev/null || true
    unshare --net sleep infinity &
    far=$!
    on_exit "kill $far"
    until [ "$(readlink "/proc/$far/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
    ip link add eth0 type veth peer name far netns "$far"
    ip address add "$NEAR_END" dev eth0
    ip link set eth0 up
    for address in "${FAR_END[@]}"; do nsenter -t "$far" -n ip address add "$address" dev far; done
    nsenter -t "$far" -n ip link set far up
    [ $# -eq 0 ] || [ -x "$scratch/service" ] || compile service "$lib/service.c"
    for port in "$@"; do
        nsenter -t "$far" -n "$scratch/service" "$port" >/dev/null &
        on_exit "kill $!"
    done
}

# stand_in NAME...: programs that do nothing, under these names, in /srv.
stand_in() {
    local name
    for name in "$@"; do install -m 755 /bin/true "/srv/$name"; done
}

# shell_as NAME...: shells under these names, in /srv, for servers that start something.
shell_as() {
    local name
    for name in "$@"; do install -m 755 /bin/bash-static "/srv/$name"; done
}

# own_dev: a /dev of the clean room's own.
own_dev() {
    local node
    mkdir -p /srv/dev
    mountpoint -q /srv/dev && return
    mount -t tmpfs -o mode=755 tmpfs /srv/dev
    for node in null zero full random urandom tty; do cp -a "/dev/$node" /srv/dev/; done
    mkdir -m 1777 /srv/dev/shm
    mkdir /srv/dev/pts
    ln -s /proc/self/fd /srv/dev/fd
    mount --bind /srv/dev /dev
}

# terminal COMMAND... <<KEYS: runs the command on a terminal and types the lines into it.
terminal() { python3 "$lib/terminal.py" "$@" >"$scratch/terminal.log"; }

# made_up_etc DIRECTORY: the few files of /etc that programs ask for, with invented users.
made_up_etc() {
    printf '%s\n' root:x:0:0:root:/root:/bin/bash mysql:x:999:999::/var/lib/mysql:/bin/false \
        www-data:x:33:33::/srv:/usr/sbin/nologin nobody:x:65534:65534::/:/bin/false >"$1/passwd"
    printf '%s\n' root:x:0: mysql:x:999: www-data:x:33: nogroup:x:65534: >"$1/group"
    printf '%s:!:20000:0:99999:7:::\n' root mysql www-data nobody >"$1/shadow"
    printf '127.0.0.1 localhost\n' >"$1/hosts"
    printf '%s\n' 'passwd: files' 'group: files' 'hosts: files' >"$1/nsswitch.conf"
    chmod 600 "$1/shadow"
}

# Turns the namespaces this script has to itself into the clean room.
enter_clean_room() {
    local name
    mount -t tmpfs -o mode=755 tmpfs /srv
    mkdir /srv/etc
    made_up_etc /srv/etc
    # Where programs and libraries are is no secret, and nothing runs without.
    for name in alternatives ld.so.cache ld.so.conf ld.so.conf.d; do cp -a "/etc/$name" /srv/etc/; done
    mount --bind /srv/etc /etc
    for name in /srv /home /root /var/log /opt; do mount -t tmpfs -o mode=755 tmpfs "$name"; done
    install -d -m 700 -o nobody /home/alice
    hostname sample-node
    ip link set lo up
    export HOME=/root
    unset "${!SUDO_@}" "${!XDG_@}" OLDPWD
    cd /
}

# start_recorder CAPTURE OPTION...: the recorder, once it records.
start_recorder() {
    local capture=$1
    shift
    "$scratch/saker-record" -o "$capture" --anonymous --host sample-node "$@" 2>"$scratch/recorder.log" &
    recorder=$!
    on_exit "kill $recorder"
    for _ in $(seq 200); do
        [ -s "$capture" ] && return
        kill -0 "$recorder" 2>/dev/null || break
        sleep 0.1
    done
    cat "$scratch/recorder.log" >&2
    die "the recorder does not start"
}

stop_recorder() {
    sleep 0.5 # the last processes of the act end
    kill -TERM "$recorder"
    wait "$recorder" || {
        cat "$scratch/recorder.log" >&2
        die "the recorder failed"
    }
}

# keep TWIN: moves what was recorded to where it belongs, if it is small enough.
keep() {
    local bytes
    bytes=$(stat -c %s "$scratch/$1.skr")
    [ "$bytes" -le "$MOST_BYTES" ] || die "$1: $bytes bytes, more than $MOST_BYTES"
    install -D -m 644 "$scratch/$1.skr" "$sample/$1/capture.skr"
    note "$1: $bytes bytes"
}

# twins FUNCTION ARGUMENT...: records the attack, then its benign twin, with FUNCTION.
twins() {
    local twin
    if declare -F build >/dev/null; then build; fi
    for twin in attack benign; do
        declare -F "$twin" >/dev/null || continue
        if declare -F prepare >/dev/null; then prepare; fi
        "$1" "$twin" "${@:2}"
        keep "$twin"
    done
}

one_container() {
    start_recorder "$scratch/$1.skr" --container "$2"
    "$1"
    stop_recorder
}

one_command() {
    printf '#!/bin/bash\nset -eu\n%s\n%s\n' "$(declare -f "$1")" "$1" >/srv/act
    chmod 755 /srv/act
    # The command inherits the log, so its path is in the capture: not one of the machine's.
    env -i PATH="$PATH" HOME=/root LANG=C.UTF-8 "$scratch/saker-record" -o "$scratch/$1.skr" \
        --anonymous --host sample-node -- /srv/act </dev/null >/srv/record.log 2>&1 || {
        cat /srv/record.log >&2
        die "the recorder, or what it recorded, failed"
    }
}

# outside KIND: what there has to be before a recording: programs, $scratch, the recorder in it, and
# for the kind `container` a docker daemon.
outside() {
    [ "$(id -u)" = 0 ] || die "recording needs root"
    need gcc gcc
    need python3 python3
    need ip iproute2
    need /bin/busybox busybox-static
    need /bin/bash-static bash-static
    scratch=$(mktemp -d /tmp/sample.XXXXXX)
    on_exit "rm -rf $scratch"
    cargo_binary SAKER_RECORD recorder saker-record
    if [ "$1" = container ]; then docker_up; fi
}

# cargo_binary VARIABLE PACKAGE NAME: copies the binary NAME to $scratch, from where VARIABLE says it
# is or else built.
cargo_binary() {
    local binary=${!1:-}
    if [ -z "$binary" ]; then
        PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin" \
            cargo build --quiet --manifest-path "$repository/Cargo.toml" -p "$2" --bin "$3"
        binary=${CARGO_TARGET_DIR:-$repository/target}/debug/$3
    fi
    install -m 755 "$binary" "$scratch/$3"
}

# Starts the script again in namespaces of its own; returns in those.
clean_room() {
    if [ -z "${SAKER_CLEAN_ROOM:-}" ]; then
        outside "$1"
        SAKER_CLEAN_ROOM=$scratch unshare --mount --net --uts bash "$0"
        exit
    fi
    scratch=$SAKER_CLEAN_ROOM
    unset SAKER_CLEAN_ROOM
    enter_clean_room
}

record_container() {
    clean_room container
    twins one_container "$@"
}

record_command() {
    clean_room command
    twins one_command
}
