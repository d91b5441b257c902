# cluster.sh - a real Slurm of two nodes on loopback: slurmctld, two slurmd, munge. Source it behind common.sh.
#
# What may be set before: $debug is what slurmctld logs (info, verbose, debug2), $times its LogTimeFormat, $patience the
# seconds until a node that does not answer is down; $select, $scheduler, $returns, $cpus, $share and $more are parts of
# slurm.conf.
: "${debug:=info}" "${times:=iso8601_ms}" "${patience:=10}"
: "${select:=select/linear}" "${scheduler:=sched/builtin}" "${returns:=2}" "${cpus:=1}" "${share:=NO}" "${more:=}"

need_cluster() {
  need slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client munged:munge ps:procps
  [ "$(id -u)" -eq 0 ] || skip "not root: slurmd and munged want to be"
}

# Ports that nobody listens on, so that two runs do not meet.
base=$((20000 + $$ % 20000))

write_configuration() {
  mkdir -p "$FOLDER/state" "$FOLDER/spool.node1" "$FOLDER/spool.node2"
  cat >"$FOLDER/slurm.conf" <<END
ClusterName=ftblab
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$base
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$FOLDER/munge.socket
CredType=cred/munge
StateSaveLocation=$FOLDER/state
SlurmdSpoolDir=$FOLDER/spool.%n
SlurmctldPidFile=$FOLDER/slurmctld.pid
SlurmdPidFile=$FOLDER/slurmd.%n.pid
SlurmctldLogFile=$FOLDER/slurmctld.log
SlurmdLogFile=$FOLDER/slurmd.%n.log
SlurmctldDebug=$debug
LogTimeFormat=$times
Prolog=$FOLDER/prolog
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc=$FOLDER/jobcomp.txt
SelectType=$select
$more
SchedulerType=$scheduler
SchedulerParameters=bf_interval=1
MailProg=/bin/true
ReturnToService=$returns
SlurmctldTimeout=60
SlurmdTimeout=$patience
InactiveLimit=0
KillWait=2
UnkillableStepTimeout=60
MessageTimeout=5
NodeName=node1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=$cpus State=UNKNOWN
NodeName=node2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=$cpus State=UNKNOWN
PartitionName=all Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP OverSubscribe=$share
END
  printf '#!/bin/bash\n[ ! -e %s ]\n' "$FOLDER/prolog.fails" >"$FOLDER/prolog"
  chmod 755 "$FOLDER/prolog"
  export SLURM_CONF=$FOLDER/slurm.conf
  dd if=/dev/urandom of="$FOLDER/munge.key" bs=128 count=1 2>/dev/null
  chmod 600 "$FOLDER/munge.key"
}

start_munge() {
  start "$FOLDER/munged.log" munged --foreground --force --num-threads=1 --key-file="$FOLDER/munge.key" \
    --socket="$FOLDER/munge.socket" --pid-file="$FOLDER/munged.pid" --seed-file="$FOLDER/munged.seed" \
    --log-file="$FOLDER/munged.own.log"
  await 20 test -S "$FOLDER/munge.socket" || fail "munged does not start"
}

start_slurmd() { # NODE [OPTION]
  start "$FOLDER/slurmd.$1.out.log" slurmd -D -N "$@"
}

start_slurmctld() { # [OPTION]
  start "$FOLDER/slurmctld.out.log" slurmctld -D "$@"
  controller=$started
  await 30 sinfo || fail "slurmctld does not start"
}

is_node() { # NODE STATE
  [ "$(sinfo -h -N -n "$1" -o %t)" = "$2" ]
}

# The number of node2's slurmd is in $second.
start_cluster() {
  write_configuration
  start_munge
  start_slurmctld -c
  start_slurmd node1
  start_slurmd node2
  second=$started
  await 30 is_node node1 idle || fail "node1 does not come up"
  await 30 is_node node2 idle || fail "node2 does not come up"
}
