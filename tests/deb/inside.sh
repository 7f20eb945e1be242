#!/usr/bin/env bash
# What run.sh runs in its plain system; the package lies beside it.
source "$(dirname "$0")/strict.sh"
cd /tmp
refuse() { echo "deb: FAILED: $*" >&2; exit 1; }

apt-get update -qq
for program in cc c++ clang-19 cmake ninja; do
  if command -v "$program" > /dev/null; then refuse "$program is here: this is no plain system"; fi
done
DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y -q --no-install-recommends /files/sagebrush_*.deb > install.log || { tail -30 install.log >&2; false; }
grep "sagebrush: try it" install.log
[ ! -e /var/lib/sagebrush ] || refuse "installing made a server's data"

sagebrush quickstart | tee quickstart.log
grep -q 'What would still cost money: nothing.' quickstart.log || refuse "the quickstart's last line is missing"
[ -s quickstart-roc.png ] || refuse "no picture of the ROC curve"
[ -z "$(find /usr/lib/sagebrush -name __pycache__)" ] || refuse "the quickstart wrote into the package's folder"

# The unit, as far as it can be looked at where no systemd runs. What it starts is started by hand.
if command -v systemd-analyze > /dev/null; then systemd-analyze verify sagebrush.service; fi
(umask 077 && mkdir /var/lib/sagebrush)
sagebrush serve --data /var/lib/sagebrush --listen 127.0.0.1:0 > serve.log &
server=$!
for _ in $(seq 100); do
  if grep -q ready serve.log; then break; fi
  sleep 0.1
done
grep ready serve.log
sagebrush env --data /var/lib/sagebrush | grep -q AWS_ENDPOINT_URL
(
  eval "$(sagebrush env --data /var/lib/sagebrush)"
  PYTHONPATH=/usr/lib/sagebrush/python PYTHONDONTWRITEBYTECODE=1 python3 - << 'EOF'
import boto3
s3 = boto3.client("s3")
s3.create_bucket(Bucket="sagemaker-query")
s3.put_object(Bucket="sagemaker-query", Key="k", Body=b"a,1\nb,2\n")
events = s3.select_object_content(Bucket="sagemaker-query", Key="k", Expression="SELECT s._1 FROM S3Object s WHERE s._2 > 1", ExpressionType="SQL",
                                  InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}})["Payload"]
assert [event["Records"]["Payload"] for event in events if "Records" in event] == [b"b\n"]
EOF
) || refuse "an object cannot be queried"
kill "$server"
wait "$server"

apt-get remove -y -qq sagebrush > /dev/null
[ -e /var/lib/sagebrush ] || refuse "removing the package deleted the data"
if command -v sagebrush > /dev/null; then refuse "the program is still there"; fi
apt-get purge -y -qq sagebrush > /dev/null
[ ! -e /var/lib/sagebrush ] || refuse "the purge left the data"
[ ! -e /usr/lib/sagebrush ] || refuse "the purge left files of the package"
echo "deb: all hold"
