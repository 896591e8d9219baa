{% autoescape off %}<?php
// php order.php

function ask(array $fields)
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/x-www-form-urlencoded',
        'content' => http_build_query(['key' => '{{ key }}'] + $fields),
        'ignore_errors' => true,
    ]]);
    return json_decode(file_get_contents('{{ address }}', false, $context), true);
}

$services = ask(['action' => 'services']);
echo count($services), " services\n";

$balance = ask(['action' => 'balance']);
echo $balance['balance'], ' ', $balance['currency'], "\n";

$order = ask([
    'action' => 'add',
    'service' => {{ service }},
    'link' => 'https://example.com/' . uniqid(),
    'quantity' => 100,
    'idempotency_key' => uniqid('', true),
]);
if (isset($order['error'])) {
    exit($order['error'] . "\n");
}

$status = ask(['action' => 'status', 'order' => $order['order']]);
echo 'Order ', $order['order'], ': ', $status['status'], "\n";
{% endautoescape %}
