#!/bin/bash

RELAY_ADMIN_URL="http://localhost:3000/admin"
ADMIN_TOKEN="your-admin-session-token"

cat custom-models-config.json | jq -c '.models[]' | while read model; do
  NAME=$(echo $model | jq -r '.name')
  ENDPOINT=$(echo $model | jq -r '.endpoint')
  DEPLOYMENT=$(echo $model | jq -r '.deployment')
  MAPPING=$(echo $model | jq -r '.mapping')

  echo "Adding model: $NAME"

  curl -X POST "$RELAY_ADMIN_URL/azure-openai-accounts" \
    -H "Content-Type: application/json" \
    -H "Cookie: admin_session=$ADMIN_TOKEN" \
    -d "{
      \"name\": \"$NAME\",
      \"description\": \"Custom deployed model\",
      \"accountType\": \"shared\",
      \"azureEndpoint\": \"$ENDPOINT\",
      \"apiVersion\": \"2024-02-01\",
      \"deploymentName\": \"$DEPLOYMENT\",
      \"apiKey\": \"sk-custom\",
      \"supportedModels\": [\"$MAPPING\"],
      \"priority\": 50,
      \"isActive\": true,
      \"schedulable\": true
    }"

  echo ""
done
