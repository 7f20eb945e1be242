#!/usr/bin/env bash
# The whole loop with the AWS command line, as against AWS:
#
#     eval "$(sagebrush env)"; examples/aws_cli.sh
set -euo pipefail
cd "$(dirname "$0")"

name=cli-$(date +%s)
bucket=sagemaker-$name
image=683313688378.dkr.ecr.$AWS_REGION.amazonaws.com/sagemaker-xgboost:1.7-1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# y = 1 where the first feature is the larger one
awk 'BEGIN { srand(1); for (i = 0; i < 500; i++) { a = rand(); b = rand(); print (a > b) "," a "," b } }' > "$work/train.csv"

aws s3 mb "s3://$bucket"
aws s3 cp "$work/train.csv" "s3://$bucket/train/train.csv"

aws sagemaker create-training-job --training-job-name "$name" --role-arn "$SAGEMAKER_ROLE" \
  --algorithm-specification "TrainingImage=$image,TrainingInputMode=File" \
  --hyper-parameters objective=binary:logistic,num_round=20,eval_metric=auc \
  --input-data-config "ChannelName=train,ContentType=text/csv,DataSource={S3DataSource={S3DataType=S3Prefix,S3Uri=s3://$bucket/train/}}" \
  --output-data-config "S3OutputPath=s3://$bucket/output" \
  --resource-config InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=5 \
  --stopping-condition MaxRuntimeInSeconds=600
until status=$(aws sagemaker describe-training-job --training-job-name "$name" --query TrainingJobStatus --output text);
      [ "$status" != InProgress ]; do sleep 1; done
echo "training job: $status"
[ "$status" = Completed ]
artifact=$(aws sagemaker describe-training-job --training-job-name "$name" --query ModelArtifacts.S3ModelArtifacts --output text)

aws sagemaker create-model --model-name "$name" --execution-role-arn "$SAGEMAKER_ROLE" \
  --primary-container "Image=$image,ModelDataUrl=$artifact"
aws sagemaker create-endpoint-config --endpoint-config-name "$name" \
  --production-variants "VariantName=AllTraffic,ModelName=$name,InstanceType=ml.m5.large,InitialInstanceCount=1"
aws sagemaker create-endpoint --endpoint-name "$name" --endpoint-config-name "$name"
aws sagemaker wait endpoint-in-service --endpoint-name "$name"

printf '0.9,0.1\n0.1,0.9\n' > "$work/rows.csv"
aws sagemaker-runtime invoke-endpoint --endpoint-name "$name" --content-type text/csv --body "fileb://$work/rows.csv" "$work/out.csv"
echo "predictions: $(tr '\n' ' ' < "$work/out.csv")"

aws sagemaker delete-endpoint --endpoint-name "$name"
aws sagemaker delete-endpoint-config --endpoint-config-name "$name"
aws sagemaker delete-model --model-name "$name"
aws s3 rb --force "s3://$bucket"
