#!/bin/sh
# The least rights of each role of Thunderline, printed by "npx thunderline acls".
#
#   BOOTSTRAP_SERVER=kafka.example:9092 COMMAND_CONFIG=admin.properties sh kafka-acls.sh
#
# COMMAND_CONFIG is a properties file of a principal with ALTER on the cluster. KAFKA_ACLS is the path of the tool of
# Kafka, by default kafka-acls.sh of the search path.
set -eu
tool=${KAFKA_ACLS:-kafka-acls.sh}
acl() { "$tool" --bootstrap-server "$BOOTSTRAP_SERVER" --command-config "$COMMAND_CONFIG" "$@"; }
acl --add --allow-principal User:gateway --operation Write --topic ml.events --resource-pattern-type literal
acl --add --allow-principal User:commands --operation Write --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:router --operation Read --topic ml.events --resource-pattern-type literal
acl --add --allow-principal User:router --operation Write --topic ml.events.high --resource-pattern-type literal
acl --add --allow-principal User:router --operation Write --topic ml.events.realtime --resource-pattern-type literal
acl --add --allow-principal User:router --operation Write --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:router --operation Read --group thunderline.router. --resource-pattern-type prefixed
acl --add --allow-principal User:postgres --operation Read --topic ml.events.high --resource-pattern-type literal
acl --add --allow-principal User:postgres --operation Read --topic ml.events.realtime --resource-pattern-type literal
acl --add --allow-principal User:postgres --operation Read --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:postgres --operation Write --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:postgres --operation Read --group thunderline.postgres. --resource-pattern-type prefixed
acl --add --allow-principal User:archive --operation Read --topic ml.events --resource-pattern-type literal
acl --add --allow-principal User:archive --operation Read --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:archive --operation Write --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:archive --operation Read --group thunderline.archive. --resource-pattern-type prefixed
acl --add --allow-principal User:mlflow --operation Read --topic ml.events.high --resource-pattern-type literal
acl --add --allow-principal User:mlflow --operation Read --topic ml.events.realtime --resource-pattern-type literal
acl --add --allow-principal User:mlflow --operation Write --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:mlflow --operation Read --group thunderline.mlflow. --resource-pattern-type prefixed
acl --add --allow-principal User:bridge --operation Read --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:bridge --operation Write --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:bridge --operation Write --topic ml.events --resource-pattern-type literal
acl --add --allow-principal User:bridge --operation Write --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:bridge --operation Read --group thunderline.bridge. --resource-pattern-type prefixed
acl --add --allow-principal User:artifacts --operation Read --topic ml.events.high --resource-pattern-type literal
acl --add --allow-principal User:artifacts --operation Write --topic ml.events --resource-pattern-type literal
acl --add --allow-principal User:artifacts --operation Write --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:artifacts --operation Read --group thunderline.artifacts. --resource-pattern-type prefixed
acl --add --allow-principal User:live --operation Read --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:live --operation Read --topic ml.events.high --resource-pattern-type literal
acl --add --allow-principal User:live --operation Read --topic ml.events.realtime --resource-pattern-type literal
acl --add --allow-principal User:queries --operation Describe --topic ml.events --resource-pattern-type literal
acl --add --allow-principal User:queries --operation Describe --topic ml.events.high --resource-pattern-type literal
acl --add --allow-principal User:queries --operation Describe --topic ml.events.realtime --resource-pattern-type literal
acl --add --allow-principal User:queries --operation Describe --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:queries --operation Describe --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:queries --operation Describe --group thunderline. --resource-pattern-type prefixed
acl --add --allow-principal User:observer --operation Read --topic ml.events --resource-pattern-type literal
acl --add --allow-principal User:observer --operation Read --topic ml.events.high --resource-pattern-type literal
acl --add --allow-principal User:observer --operation Read --topic ml.events.realtime --resource-pattern-type literal
acl --add --allow-principal User:observer --operation Read --topic ml.commands --resource-pattern-type literal
acl --add --allow-principal User:observer --operation Read --topic ml.deadletters --resource-pattern-type literal
acl --add --allow-principal User:observer --operation Describe --group thunderline. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation Create --topic ml. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation Describe --topic ml. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation Alter --topic ml. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation DescribeConfigs --topic ml. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation AlterConfigs --topic ml. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation Read --topic ml. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation Write --topic ml. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation Read --group thunderline. --resource-pattern-type prefixed
acl --add --allow-principal User:operator --operation Delete --group thunderline. --resource-pattern-type prefixed
