#!/usr/bin/env bash
# Some ordinary life of a host: a user's shell, files looked for and packed, a program built and run, a
# page fetched, logs written and turned over, jobs of cron, keys listed, and servers, a package manager
# and a container daemon doing what rules except. Nothing here may raise an alert.
. "$(dirname "$0")/../lib/harness.sh"

prepare() {
    uplink 8000
    shell_as cron nginx postgres dpkg dockerd
    stand_in crontab iptables
    mountpoint -q /usr/local/bin || mount -t tmpfs tmpfs /usr/local/bin
    mkdir -p /etc/cron.d /etc/systemd/system /etc/profile.d
    mkdir -p /home/alice/.ssh /srv/work /var/log
    echo 'umask 022' >/home/alice/.bashrc
    echo '203.0.113.10 ssh-ed25519 AAAA' >/home/alice/.ssh/known_hosts
    echo 'int main(void) { return 0; }' >/srv/work/main.c
    echo started >/var/log/service.log
}

benign() {
    # A user's shell, with its start-up file and its history.
    HISTFILE=/home/alice/.bash_history bash --rcfile /home/alice/.bashrc -ic 'ls -la /srv/work; history -a'
    # Looking for things.
    find /srv -name '*.c' -exec grep -n main {} +
    cut -d: -f7 /etc/passwd | sort | uniq -c | head -n 3
    getent passwd www-data
    id
    uname -r
    # Building and running.
    cd /srv/work
    TMPDIR=/srv gcc -nostdinc -o tool main.c
    ./tool
    python3 -I -S -c 'print(sum(range(10)))' | cat
    # Packing, unpacking, comparing.
    tar czf ../work.tar.gz .
    mkdir -p ../copy
    tar xzf ../work.tar.gz -C ../copy
    sha256sum main.c ../copy/main.c
    rm -r ../copy
    # The network, as tools for it are used.
    curl -q -s http://203.0.113.10:8000/
    curl -q -s -o /srv/page http://203.0.113.10:8000/
    ss -tln
    # Logs: written, turned over, read.
    echo stopped >>/var/log/service.log
    mv /var/log/service.log /var/log/service.log.1
    : >/srv/service.log
    gzip /var/log/service.log.1
    # Jobs of cron and workers of a server.
    /srv/cron -c 'sh -c "find /srv -newer /etc/hosts -name page; true"; true'
    /srv/nginx -c '/srv/nginx -c true; true'
    # A service's user, permissions, accounts that are only listed.
    setpriv --reuid=33 --regid=33 --clear-groups ls /srv
    chmod 640 /srv/page
    chown www-data /srv/page
    useradd -D
    chage -l root
    /srv/crontab -l
    # A package's files, a server's mail, a database's archive, a container daemon's firewall.
    /srv/dpkg -c 'cp /etc/hosts /etc/cron.d/tool; cp /etc/hosts /etc/systemd/system/tool.service; true'
    /srv/dpkg -c 'cp /etc/hosts /etc/profile.d/tool.sh; cp /bin/true /usr/local/bin/tool; true'
    /srv/nginx -c 'sh -c "/usr/sbin/sendmail -t </dev/null; true"; true'
    /srv/postgres -c 'sh -c "wal-g wal-push /srv/page; true"; true'
    /srv/dockerd -c '/srv/iptables -F DOCKER-USER; true'
    stdbuf -oL ls /srv
    ssh-keygen -F 203.0.113.10 -f /home/alice/.ssh/known_hosts
}

record_command
