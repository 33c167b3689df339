# shellcheck shell=bash
# The budget: whoever owns the billing account, and the operator, hear of it before the money is spent.

readonly spent=(0.5 0.9 1.0) # shares of the budget at which the operator is told

put_budget() { # CHANNEL
    local account id amount share rules=() channels=()
    amount=$(given BUDGET)
    if ((amount == 0)); then return; fi
    account=$(billing_account)
    id=$(budget_of "$account")
    if [[ $id ]]; then
        cloud billing budgets update "$id" --budget-amount="$amount"
        return
    fi
    for share in "${spent[@]}"; do rules+=(--threshold-rule="percent=$share"); done
    if [[ $1 ]]; then channels=(--notifications-rule-monitoring-notification-channels="$1"); fi
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
    listed billing budgets list --billing-account="$1" --format='value(name,displayName)' | called "$ours $project"
}

remove_budget() {
    local id
    id=$(budget_of "$(billing_account)")
    if [[ $id ]]; then cloud billing budgets delete "$id"; fi
}
