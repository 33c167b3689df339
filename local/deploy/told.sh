# shellcheck shell=bash
# Who is told: the operator, of alerts; and of the budget before it is spent, as whoever owns the billing account is.

readonly spent=(0.5 0.9 1.0) # shares of the budget at which the operator is told

channel_of_operator() {
    if $offline; then return; fi
    listed beta monitoring channels list --format='value(name,displayName)' >"$scratch/channels"
    called "$(name_of_channel)" <"$scratch/channels"
}

name_of_channel() { printf '%s operator %s' "$ours" "$(given OPERATOR_ADDRESS)"; }

make_channel() { # Google's own mail, so that it arrives when SendGrid is what is down
    local address
    address=$(given OPERATOR_ADDRESS)
    if ! [[ $address ]]; then
        say 'OPERATOR_ADDRESS is not set: nobody is told of alerts'
        return
    fi
    cloud beta monitoring channels create --display-name="$(name_of_channel)" --type=email \
        --channel-labels="email_address=$address" --user-labels="$labels"
}

remove_other_channels() { # of an operator before this one; no policy tells them any more
    local id name
    if $offline; then return; fi
    while IFS=$'\t' read -r -u3 id name; do
        if [[ $name == "$ours operator"* && $name != "$(name_of_channel)" ]]; then
            cloud beta monitoring channels delete "$id"
        fi
    done 3<"$scratch/channels"
}

put_budget() { # CHANNEL
    local account id amount share rules=() channels=()
    amount=$(given BUDGET)
    if ((amount == 0)); then return; fi
    account=$(billing_account)
    id=$(budget_of "$account")
    if [[ $1 ]]; then channels=(--notifications-rule-monitoring-notification-channels="$1"); fi
    if [[ $id ]]; then
        cloud billing budgets update "$id" --budget-amount="$amount" "${channels[@]+"${channels[@]}"}"
        return
    fi
    for share in "${spent[@]}"; do rules+=(--threshold-rule="percent=$share"); done
    cloud billing budgets create --billing-account="$account" --display-name="$ours $project" \
        --budget-amount="$amount" --filter-projects="projects/$project" "${rules[@]}" "${channels[@]+"${channels[@]}"}"
}

billing_account() {
    local account=billingAccounts/BILLING-ACCOUNT
    if ! $offline; then
        account=$(ask billing projects describe "$project" --format='value(billingAccountName)')
    fi
    printf '%s' "${account#*/}"
}

budget_of() { # ACCOUNT
    listed_or "billingAccounts/$1/budgets/BUDGET"$'\t'"$ours $project" billing budgets list --billing-account="$1" \
        --format='value(name,displayName)' | called "$ours $project"
}

remove_budget() {
    local id
    id=$(budget_of "$(billing_account)")
    if [[ $id ]]; then cloud billing budgets delete "$id"; fi
}
