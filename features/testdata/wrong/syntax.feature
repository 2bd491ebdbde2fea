Feature: No Gherkin

  Scenario: One
    Given the user is "ada"
    Whenever the query is sent
