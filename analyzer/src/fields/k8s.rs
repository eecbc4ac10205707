//! Fields of the pod, and those that need a connection to a cluster.

use capture_format::snapshot::Pod;

use super::container::{label, labels};
use super::row::{absent, bytes, row};
use super::{Arg, Field, Moment, Multi, Type, Value};

const NEVER_UPSTREAM: &str = "deprecated; Falco extracts nothing either";
const NO_CLUSTER: &str = "the API server of the cluster is never asked";
const NO_CNI: &str = "results of network plugins are not recorded";

fn pod<'a>(now: &Moment<'a>) -> Option<&'a Pod> {
    now.container()?.metadata.as_ref()?.pod.as_ref()
}

fn text<'a>(now: &Moment<'a>, get: fn(&Pod) -> &String) -> Option<Value<'a>> {
    Some(get(pod(now)?)).filter(|text| !text.is_empty()).and_then(|text| bytes(text.as_bytes()))
}

/// Uid of the pod: as the runtime told it, else as the cgroup path does.
fn uid<'a>(now: &Moment<'a>) -> Option<Value<'a>> {
    text(now, |pod| &pod.uid).or_else(|| bytes(now.container()?.pod_uid.as_ref()?.as_bytes()))
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row("k8s.pod.name", Type::Text, "Name of the pod.", |now, _| text(now, |pod| &pod.name)),
    row("k8s.ns.name", Type::Text, "Namespace of the pod.", |now, _| text(now, |pod| &pod.namespace)),
    row("k8s.pod.uid", Type::Text, "Uid of the pod.", |now, _| uid(now)),
    row("k8s.pod.id", Type::Text, "Uid of the pod, by its older name.", |now, _| uid(now)),
    row("k8s.pod.sandbox_id", Type::Text, "First 12 characters of the id of the pod's sandbox.", |now, _| {
        let id = Some(&pod(now)?.sandbox_id).filter(|id| !id.is_empty())?;
        bytes(id.get(..12).unwrap_or(id).as_bytes())
    }),
    row("k8s.pod.full_sandbox_id", Type::Text, "Whole id of the pod's sandbox.", |now, _| {
        text(now, |pod| &pod.sandbox_id)
    }),
    row("k8s.pod.ip", Type::Text, "IPv4 address of the pod.", |now, _| text(now, |pod| &pod.ip)),
    row("k8s.pod.label", Type::Text, "Value of one label of the pod.", |now, argument| {
        label(&pod(now)?.labels, argument)
    })
    .takes(Arg::Key),
    row("k8s.pod.labels", Type::Text, "All labels of the pod as `key:value`, joined by commas.", |now, _| {
        labels(&pod(now)?.labels)
    }),
    absent("k8s.pod.cni.json", Type::Text, "Result of the network plugin.", NO_CNI),
    absent("k8s.ns.id", Type::Text, "Id of the namespace.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.ns.label", Type::Text, "One label of the namespace.", NEVER_UPSTREAM)
        .takes(Arg::Key)
        .deprecated(),
    absent("k8s.ns.labels", Type::Text, "Labels of the namespace.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.deployment.name", Type::Text, "Name of the deployment.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.deployment.id", Type::Text, "Id of the deployment.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.deployment.label", Type::Text, "One label of the deployment.", NEVER_UPSTREAM)
        .takes(Arg::Key)
        .deprecated(),
    absent("k8s.deployment.labels", Type::Text, "Labels of the deployment.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.rc.name", Type::Text, "Name of the replication controller.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.rc.id", Type::Text, "Id of the replication controller.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.rc.label", Type::Text, "One label of the replication controller.", NEVER_UPSTREAM)
        .takes(Arg::Key)
        .deprecated(),
    absent("k8s.rc.labels", Type::Text, "Labels of the replication controller.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.rs.name", Type::Text, "Name of the replica set.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.rs.id", Type::Text, "Id of the replica set.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.rs.label", Type::Text, "One label of the replica set.", NEVER_UPSTREAM)
        .takes(Arg::Key)
        .deprecated(),
    absent("k8s.rs.labels", Type::Text, "Labels of the replica set.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.svc.name", Type::Text, "Name of the service.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.svc.id", Type::Text, "Id of the service.", NEVER_UPSTREAM).deprecated(),
    absent("k8s.svc.label", Type::Text, "One label of the service.", NEVER_UPSTREAM)
        .takes(Arg::Key)
        .deprecated(),
    absent("k8s.svc.labels", Type::Text, "Labels of the service.", NEVER_UPSTREAM).deprecated(),
    absent("k8smeta.pod.name", Type::Text, "Name of the pod, as the API server has it.", NO_CLUSTER),
    absent("k8smeta.pod.uid", Type::Text, "Uid of the pod, as the API server has it.", NO_CLUSTER),
    absent("k8smeta.pod.ip", Type::Text, "Address of the pod, as the API server has it.", NO_CLUSTER),
    absent("k8smeta.pod.label", Type::Text, "One label of the pod, as the API server has it.", NO_CLUSTER)
        .takes(Arg::Key),
    absent("k8smeta.pod.labels", Type::Text, "Labels of the pod, as the API server has them.", NO_CLUSTER)
        .many(Multi::List),
    absent("k8smeta.ns.name", Type::Text, "Name of the namespace, as the API server has it.", NO_CLUSTER),
    absent("k8smeta.ns.uid", Type::Text, "Uid of the namespace.", NO_CLUSTER),
    absent(
        "k8smeta.ns.label",
        Type::Text,
        "One label of the namespace, as the API server has it.",
        NO_CLUSTER,
    )
    .takes(Arg::Key),
    absent(
        "k8smeta.ns.labels",
        Type::Text,
        "Labels of the namespace, as the API server has them.",
        NO_CLUSTER,
    )
    .many(Multi::List),
    absent("k8smeta.deployment.name", Type::Text, "Deployment that owns the pod.", NO_CLUSTER),
    absent("k8smeta.deployment.uid", Type::Text, "Uid of the deployment.", NO_CLUSTER),
    absent(
        "k8smeta.deployment.label",
        Type::Text,
        "One label of the deployment, as the API server has it.",
        NO_CLUSTER,
    )
    .takes(Arg::Key),
    absent(
        "k8smeta.deployment.labels",
        Type::Text,
        "Labels of the deployment, as the API server has them.",
        NO_CLUSTER,
    )
    .many(Multi::List),
    absent("k8smeta.rs.name", Type::Text, "Replica set that owns the pod.", NO_CLUSTER),
    absent("k8smeta.rs.uid", Type::Text, "Uid of the replica set.", NO_CLUSTER),
    absent(
        "k8smeta.rs.label",
        Type::Text,
        "One label of the replica set, as the API server has it.",
        NO_CLUSTER,
    )
    .takes(Arg::Key),
    absent(
        "k8smeta.rs.labels",
        Type::Text,
        "Labels of the replica set, as the API server has them.",
        NO_CLUSTER,
    )
    .many(Multi::List),
    absent("k8smeta.rc.name", Type::Text, "Replication controller that owns the pod.", NO_CLUSTER),
    absent("k8smeta.rc.uid", Type::Text, "Uid of the replication controller.", NO_CLUSTER),
    absent(
        "k8smeta.rc.label",
        Type::Text,
        "One label of the replication controller, as the API server has it.",
        NO_CLUSTER,
    )
    .takes(Arg::Key),
    absent(
        "k8smeta.rc.labels",
        Type::Text,
        "Labels of the replication controller, as the API server has them.",
        NO_CLUSTER,
    )
    .many(Multi::List),
    absent("k8smeta.svc.name", Type::Text, "Services that select the pod.", NO_CLUSTER).many(Multi::List),
    absent("k8smeta.svc.uid", Type::Text, "Uids of the services that select the pod.", NO_CLUSTER)
        .many(Multi::List),
    absent("k8smeta.svc.label", Type::Text, "One label across the services that select the pod.", NO_CLUSTER)
        .takes(Arg::Key)
        .many(Multi::List),
    absent("k8smeta.svc.labels", Type::Text, "Labels of the services that select the pod.", NO_CLUSTER)
        .many(Multi::List),
];
