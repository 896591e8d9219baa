{% autoescape off %}// node order.mjs
async function ask(fields) {
  const body = new URLSearchParams({ key: "{{ key }}", ...fields });
  const answer = await fetch("{{ address }}", { method: "POST", body });
  return answer.json();
}

const services = await ask({ action: "services" });
console.log(services.length, "services");

const balance = await ask({ action: "balance" });
console.log(balance.balance, balance.currency);

const order = await ask({
  action: "add",
  service: {{ service }},
  link: `https://example.com/${crypto.randomUUID()}`,
  quantity: 100,
  idempotency_key: crypto.randomUUID(),
});
if (order.error) throw new Error(order.error);

const status = await ask({ action: "status", order: order.order });
console.log(`Order ${order.order}: ${status.status}`);
{% endautoescape %}
