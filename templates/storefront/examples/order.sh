{% autoescape off %}# sh order.sh
KEY='{{ key }}'
ADDRESS='{{ address }}'

curl -s "$ADDRESS" -d key="$KEY" -d action=balance
echo

curl -s "$ADDRESS" -d key="$KEY" -d action=add \
  -d service={{ service }} -d quantity=100 \
  --data-urlencode "link=https://example.com/$(date +%s)"
echo
{% endautoescape %}
